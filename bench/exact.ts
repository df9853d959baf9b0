// `node .test-build/bench/exact.js`: times the exact solver in the plane for 1000 and 10,000
// targets, with cube and Gaussian source, to 1e-10. It needs no adapter. There are time limits for
// random clouds under the cube: an error above 1e-10, or more wall time than the limit, gives exit
// code 1.
import { cpus } from "node:os";
import { hostRandom } from "../src/math/philox.ts";
import { type ExactSolution, solveExact } from "../src/ot/exact/exact.ts";
import { createProblem, type Problem } from "../src/ot/problem.ts";
import type { Source } from "../src/ot/source.ts";

const CLOUDS = {
  square: (random) => [random.uniform(), random.uniform()],
  normal: (random) => [random.normal(), random.normal()],
  modes: (random, i) => [(i % 5) + 0.025 * random.normal(), (Math.floor(i / 5) % 5) + 0.025 * random.normal()],
} satisfies Record<string, (random: ReturnType<typeof hostRandom>, i: number) => readonly number[]>;

function problemOf(cloud: keyof typeof CLOUDS, count: number, source: Source): Problem {
  const random = hostRandom(1, 0);
  const values = Float32Array.from(Array.from({ length: count }, (_, i) => CLOUDS[cloud](random, i)).flat());
  return createProblem({ values, count, dimension: 2 }, { source });
}

/** Checks a solution before its time counts: the cells must fill the source, each with its mass. */
function check(name: string, { masses, maxRelativeError, stop }: ExactSolution): void {
  const sum = masses.reduce((a, b) => a + b, 0);
  if (!(Math.abs(sum - 1) < 1e-12)) throw new Error(`${name}: expected masses that sum to 1, got ${sum}`);
  if (stop !== "reached" && !(maxRelativeError < 1e-8)) throw new Error(`${name}: ${stop} at ${maxRelativeError}`);
}

const LIMITS: ReadonlyMap<number, number> = new Map([
  [1000, 1],
  [10_000, 30],
]); // limits in seconds, by the number of targets
const machine = `${cpus().length} × ${cpus()[0]?.model}, Node ${process.versions.node}, ${process.platform} ${process.arch}`;
console.log(`exact solver in the plane, tolerance 1e-10; no adapter, one core of ${machine}`);
console.log("cloud    source         N   steps   max error  stop       wall s    CPU s  must be");
let failed = 0;
for (const [count, most] of LIMITS) {
  for (const cloud of ["square", "normal", "modes"] as const) {
    for (const source of ["cube", "gaussian"] as const) {
      const problem = problemOf(cloud, count, source);
      const [cpu, wall] = [process.cpuUsage(), performance.now()];
      const solution = solveExact(problem);
      const seconds = (performance.now() - wall) / 1000;
      const { user, system } = process.cpuUsage(cpu);
      check(`${cloud} ${source} ${count}`, solution);
      const counts = cloud !== "modes" && source === "cube";
      const good = solution.maxRelativeError <= 1e-10 && seconds <= most;
      if (counts && !good) failed++;
      console.log(
        [
          cloud.padEnd(7),
          source.padEnd(8),
          String(count).padStart(6),
          String(solution.iterations).padStart(6),
          solution.maxRelativeError.toExponential(1).padStart(10),
          solution.stop.padEnd(8),
          seconds.toFixed(2).padStart(7),
          ((user + system) / 1e6).toFixed(2).padStart(7),
          counts ? `${good ? "ok" : "FAIL"}: ≤ 1e-10 in ≤ ${most} s` : "",
        ]
          .join("  ")
          .trimEnd(),
      );
    }
  }
}
process.exitCode = failed > 0 ? 1 : 0;
