// The measured growth as a page in Markdown.
import { aligned, digits } from "../table.ts";
import type { Curve } from "./curves.ts";
import { fitPower, lastExponent, tooFast } from "./fit.ts";
import { type Point, SIZES } from "./point.ts";
import { pairsOf, pointsOf, secondsOf } from "./series.ts";
import type { Measured } from "./store.ts";

const exponent = (value: number): string => (Number.isFinite(value) ? value.toFixed(2) : "–");
const share = ({ cost: { host, cpu } }: Point): string =>
  Number.isFinite(host) && cpu > 0 ? `${Math.round((100 * host) / cpu)} %` : "–";

/** The sizes of a curve that stay, such as `dimension 64`. */
const fixed = ({ at }: Curve): string =>
  SIZES.flatMap((name) => (at[name] === undefined ? [] : [`${name} ${at[name]}`])).join(", ");

/** The fitted exponents, a row for each curve with at least two points. */
function exponents(points: readonly Point[], curves: readonly Curve[], cpu: boolean): string {
  const rows = curves.flatMap((curve) => {
    const own = pointsOf(points, curve);
    const pairs = pairsOf(own, curve, secondsOf(cpu));
    if (pairs.length < 2) return [];
    const fit = fitPower(pairs);
    const bytes = pairsOf(own, curve, ({ memory }) => memory.device);
    const [least, most] = [own[0] as Point, own.at(-1) as Point];
    return [
      [
        curve.stage,
        curve.over,
        `${least.sizes[curve.over]} to ${most.sizes[curve.over]}`,
        fixed(curve),
        String(curve.order),
        exponent(fit.exponent),
        Number.isFinite(fit.low) ? `${exponent(fit.low)} to ${exponent(fit.high)}` : "–",
        exponent(lastExponent(pairs)),
        bytes.length < 2 ? "–" : exponent(fitPower(bytes).exponent),
        `${share(least)} to ${share(most)}`,
      ],
    ];
  });
  const head = ["stage", "over", "from", "at", "order", "exponent", "95 %", "last three", "device bytes", "host"];
  return aligned(head, rows);
}

/** The steps between neighbours that rise faster than the stage's order. */
function bends(points: readonly Point[], curves: readonly Curve[], cpu: boolean): string {
  const rows = curves.flatMap((curve) => {
    const own = pointsOf(points, curve);
    return tooFast(pairsOf(own, curve, secondsOf(cpu)), curve.order).map(({ from, to, exponent: found }) => {
      const at = (size: number): string => {
        const point = own.find(({ sizes }) => sizes[curve.over] === size);
        return point === undefined ? "–" : share(point);
      };
      return [curve.stage, curve.over, `${from} to ${to}`, exponent(found), `${at(from)} to ${at(to)}`];
    });
  });
  return rows.length === 0 ? "None.\n" : aligned(["stage", "over", "from", "exponent", "host"], rows);
}

/** Every point once. */
function all(points: readonly Point[]): string {
  const mb = (bytes: number): string => digits(bytes / 1e6);
  return aligned(
    ["stage", "at", "s", "CPU s", "host s", "resident MB", "device MB", "dispatches", "MB up", "MB down", "told from"],
    points.map(({ stage, sizes, cost, runs, how, traffic, memory }) => [
      stage,
      SIZES.flatMap((name) => (sizes[name] === undefined ? [] : [`${name} ${sizes[name]}`])).join(", "),
      seconds(cost.wall),
      seconds(cost.cpu),
      seconds(cost.host),
      `${mb(memory.before)} to ${mb(memory.most)}`,
      mb(memory.device),
      String(Math.round(traffic.dispatches)),
      mb(traffic.up),
      mb(traffic.down),
      how === "step" ? "some steps" : `the best of ${runs}`,
    ]),
  );
}

const seconds = (value: number | null): string =>
  value === null || !Number.isFinite(value) ? "–" : value < 0.1 ? value.toPrecision(2) : digits(value);

/** The text of RESULTS.md. */
export function page({ about, points }: Measured, curves: readonly Curve[]): string {
  const { adapter, kernels, cpu, processor, cores } = about;
  return `# Growth

Written by \`npm run bench -- --growth\`. The reasons are in docs/growth.md.

- adapter: ${adapter}
- kernels: ${kernels}; ${processor}, ${cores} cores
- Each point is measured in a process of its own, after a small run of the same stage: the best of its runs.
- Exponents are slopes of log ${cpu ? "CPU time of all threads" : "time"} over log size, by least squares, with Student's 95 % interval of the scatter around a line.
- order: the exponent of the algorithm for large sizes; last three: the slope through the three largest sizes, where fixed costs matter least.
- host: the main thread's share of the CPU time, at the least and at the greatest size.
- resident: memory of the process before the work was set up, and at most; a CPU driver's device memory is part of it.
- some steps: that many steps of a solve were taken, and the cost of all that it planned for its first round is told from them.

![Curves of time and of memory](growth.svg)

Grey lines are proportional to the size; hollow points are told from some steps.

## Exponents

${exponents(points, curves, cpu)}
## Where a stage rises faster than its order

Between neighbouring sizes, by more than .25.

${bends(points, curves, cpu)}
## All points

${all(points)}`;
}
