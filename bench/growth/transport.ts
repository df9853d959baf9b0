// The stages of the transport whose growth is measured.
import type { Gpu } from "../../src/index.ts";
import { inPieces } from "../../src/kernels/batches.ts";
import { STREAMS } from "../../src/math/streams.ts";
import { Cells } from "../../src/ot/cells/cells.ts";
import { evaluateCells } from "../../src/ot/cells/evaluation.ts";
import { certify } from "../../src/ot/certificate/certificate.ts";
import {
  choosePilot,
  createMap,
  createProblem,
  type Flips,
  gatherForDevice,
  neighbourGraph,
  type Points,
  type Problem,
  sample,
  solve,
  solveExact,
} from "../../src/ot/index.ts";
import { centreHeights } from "../../src/ot/problem.ts";
import { gaussianHeights } from "../../src/ot/solver/warmStart.ts";
import { checkSize } from "../../src/run/trainRun.ts";
import { type Cost, clock, plus } from "./cost.ts";
import type { Stage, Work } from "./stage.ts";

/** χ² that solves are asked for: the default on a GPU. */
export const CHI2 = 0.05;
/** Greatest number of targets of a solve that is taken to its end; beyond, some steps are. */
const WHOLE = 60_000;

/** Ten clusters of uniform coordinates, of the same bits everywhere. */
export function cloud(count: number, dimension: number): Points {
  const values = new Float32Array(count * dimension);
  let state = 1;
  const next = (): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.sqrt(12) * (state / 4294967296 - 0.5);
  };
  const centres = Array.from({ length: 10 * dimension }, next);
  for (let i = 0; i < count; i++) {
    const centre = (i % 10) * dimension;
    for (let k = 0; k < dimension; k++) values[i * dimension + k] = (centres[centre + k] as number) + next();
  }
  return { values, count, dimension };
}

/**
 * Heights −|y|² / 2s of mean 0 for targets of standard deviation s: the Gaussian model of targets
 * whose coordinates vary alike, which takes no time to make.
 */
function roundHeights({ targets: { values, count, dimension }, nu }: Problem): Float64Array {
  const squares = new Float64Array(count);
  let all = 0;
  for (let i = 0; i < count; i++) {
    let sum = 0;
    for (let k = i * dimension; k < (i + 1) * dimension; k++) sum += (values[k] as number) * (values[k] as number);
    squares[i] = sum;
    all += sum;
  }
  const s = Math.sqrt(all / count / dimension);
  return centreHeights(
    squares.map((square) => -square / (2 * s)),
    nu,
  );
}

const problemOf = (count: number, dimension: number): Problem => createProblem(cloud(count, dimension));

/** Points drawn from the source and counted; `flips` blocks change their signs. */
const assignment =
  (flips: Flips): Stage =>
  (gpu, { targets, dimension, samples: count }) => {
    const problem = problemOf(targets, dimension);
    const cells = new Cells(gpu, problem.targets);
    cells.setHeights(roundHeights(problem));
    const draw = { seed: 1, stream: STREAMS.source.solver, first: 0, count, flips };
    return { run: () => cells.count(draw), close: () => cells.dispose() };
  };

/** The steps that a solve beyond `WHOLE` targets takes before it is ended. */
const STEPS = 2;
const enough = new Error("enough steps were taken");

/** A whole solve. */
const solving: Stage = (gpu, { targets, dimension }) => {
  const problem = problemOf(targets, dimension);
  if (targets > WHOLE) return beginning(gpu, problem);
  return { run: () => solve(gpu, problem, { chi2: CHI2, seed: 1 }), close() {} };
};

/** The start of a solve and some steps, from which the cost of all that it plans is told. */
function beginning(gpu: Gpu, problem: Problem): Work {
  let all: Cost | undefined;
  return {
    async run() {
      const spent = clock();
      let begun: Cost | undefined;
      let since = spent;
      const work = solve(gpu, problem, {
        chi2: CHI2,
        seed: 1,
        beforeStep() {
          if (begun !== undefined) return;
          begun = spent();
          since = clock();
        },
        onStep({ iteration, of }) {
          if (iteration < STEPS || begun === undefined) return;
          all = plus(begun, since(), of / STEPS);
          throw enough;
        },
      });
      await work.catch((error: unknown) => {
        if (error !== enough) throw error;
      });
    },
    told() {
      if (all === undefined) throw new Error(`solve: expected at least ${STEPS} steps, got fewer`);
      return all;
    },
    close() {},
  };
}

/** The last count of a run's cells: as many samples as its statement needs. */
const lastCheck: Stage = async (gpu, { targets, dimension }) => {
  const problem = problemOf(targets, dimension);
  const cells = new Cells(gpu, problem.targets);
  cells.setHeights(roundHeights(problem));
  const { flips, inflation } = await choosePilot(cells, problem.nu, { seed: 1, wanted: undefined });
  const count = 32 * Math.ceil((inflation * checkSize(targets, CHI2)) / 32);
  const draw = { seed: 1, stream: STREAMS.source.centres, first: 0, count, flips };
  return { run: () => evaluateCells(cells, problem.nu, draw), close: () => cells.dispose() };
};

export const transportStages = {
  "targets made a problem": (_, { targets, dimension }) => {
    const points = cloud(targets, dimension);
    return {
      async run() {
        gatherForDevice(createProblem(points));
      },
      close() {},
    };
  },
  "Gaussian start": (gpu, { targets, dimension }) => {
    const problem = problemOf(targets, dimension);
    const cells = new Cells(gpu, problem.targets);
    return {
      run: async () => (await inPieces(cells, gaussianHeights(cells, problem))).at(1),
      close: () => cells.dispose(),
    };
  },
  assignment: assignment(0),
  "assignment, signs flipped": assignment(4),
  solve: solving,
  "last check": lastCheck,
  certificate: (gpu, { targets, dimension, samples }) => {
    const problem = problemOf(targets, dimension);
    const cells = new Cells(gpu, problem.targets);
    const heights = roundHeights(problem);
    return {
      run: () => certify(cells, problem, heights, { samples }),
      close: () => cells.dispose(),
    };
  },
  "neighbour graph": (gpu, { targets, dimension, samples }) => {
    const problem = problemOf(targets, dimension);
    const map = createMap(gpu, problem, roundHeights(problem));
    return { run: () => neighbourGraph(map, { samples }), close: () => map.dispose() };
  },
  "extension, rule facet": (gpu, { targets, dimension, samples: count }) => {
    const problem = problemOf(targets, dimension);
    const map = createMap(gpu, problem, roundHeights(problem));
    const rule = { name: "facet" } as const;
    return { run: () => sample(map, { count, rule }), close: () => map.dispose() };
  },
  "exact solve in the plane": (_, { targets }) => {
    const problem = createProblem(cloud(targets, 2), { source: "cube" });
    return {
      async run() {
        solveExact(problem);
      },
      close() {},
    };
  },
} satisfies Readonly<Record<string, Stage>>;
