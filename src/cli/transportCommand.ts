import { join } from "node:path";
import { DataError } from "../data/error.ts";
import { openGpu } from "../node.ts";
import { createProblem, type Problem } from "../ot/problem.ts";
import { progress } from "../report/progress.ts";
import { createRunDirectory, defaultRunPath } from "../report/runDirectory.ts";
import { transportCloud } from "../run/cloudRun.ts";
import { type PointCloud, pointsOf, readMasses, readPointCloud } from "../run/pointCloud.ts";
import { choice, describeFlags, integer, parseArguments, real, text, toggle, UsageError } from "./arguments.ts";
import { ShortfallError } from "./command.ts";

const flags = {
  masses: text("FILE", "masses of the points, .npy or .csv; scaled to sum 1 (default equal)"),
  source: choice(["gaussian", "cube"], "N(0, I), or uniform on [-1/2, 1/2]^d (default gaussian)"),
  chi2: real("X", "asked chi² of the cells' masses (default 0.02)", 0, 1e6),
  exact: toggle("solve without samples and without a GPU: 1 or 2 dimensions (1 always is)"),
  apply: text("FILE", "source points to map, .npy or .csv: mapped.npy gets the point that each goes to"),
  "best-effort": toggle("exit with 0 even if chi² was not reached"),
  seed: integer("N", "of all random numbers (default 1)", 0),
  out: text("DIR", "a new or empty folder for the results (default runs/TIME)"),
} as const;

const usage = `usage: node dist/transport.js POINTS [flags]

Finds the map that moves the source to the points at least cost ½|x − y|²: x goes to the point y_i with the greatest
<x, y_i> + h_i. POINTS is a .npy file [N, d] (float or integer, C order), or a .csv file with one point a line.

writes into DIR
  heights.npy    [N] h, of mean 0 over points with mass, -inf elsewhere
  masses.npy     [N] mass that reaches each point
  centres.npy    [N, d] mean of the x that go to each point
  mapped.npy     [M, d] with --apply
  cells.svg .png with d = 2: the cells, coloured by the angle at which the map folds, and its singular set
  summary.json   chi² and its interval, L1, greatest relative error, W2, samples, seconds, why it stopped

flags
${describeFlags(flags)}
exit codes: 0 fine, 1 chi² was not reached (the best so far is written) or anything else, 2 wrong usage, 3 no adapter,
4 wrong or missing data, 130 after Ctrl-C
`;

/** `node dist/transport.js`: see `usage`. */
export async function transportCommand(args: readonly string[], check: () => void): Promise<void> {
  const { help, values, positionals } = parseArguments(args, flags, ["POINTS"]);
  if (help) {
    process.stdout.write(usage);
    return;
  }
  const [path = ""] = positionals;
  const cloud = readPointCloud(path);
  const exact = values.exact === true || cloud.dimension === 1;
  if (exact && cloud.dimension > 2) {
    throw new UsageError(`--exact: expected points in 1 or 2 dimensions, got ${cloud.dimension} in ${path}`);
  }
  const problem = problemOf(path, cloud, values);
  const apply = values.apply === undefined ? undefined : { path: values.apply, cloud: readPointCloud(values.apply) };
  if (apply !== undefined && apply.cloud.dimension !== cloud.dimension) {
    const [wanted, got] = [cloud.dimension, apply.cloud.dimension];
    throw new DataError(`${apply.path}: expected points of dimension ${wanted}, as in ${path}, got ${got}`);
  }
  const node = exact ? undefined : await openGpu();
  try {
    const folder = values.out ?? defaultRunPath(new Date());
    createRunDirectory(folder);
    const { chi2 = 0.02, seed = 1 } = values;
    const say = progress({ stream: process.stderr });
    const summary = await transportCloud({ problem, cloud, chi2, seed, node, apply, folder, progress: say, check });
    const width = (summary.chi2Interval[1] - summary.chi2Interval[0]) / 2;
    const estimate =
      summary.method === "exact"
        ? `greatest relative error ${summary.maxRelativeError.toExponential(1)}`
        : `chi² ${summary.chi2.toFixed(4)} ± ${width.toFixed(4)} (asked ${chi2})`;
    const picture = cloud.dimension === 2 ? `look at ${join(folder, "cells.png")}` : "see summary.json";
    process.stdout.write(`${folder}: ${estimate}, W2 ${distance(summary.w2)}; ${picture}\n`);
    if (!summary.reached && values["best-effort"] !== true) {
      throw new ShortfallError(
        `expected chi² of ${chi2}, got ${summary.chi2.toPrecision(3)} (${summary.stop}); ` +
          `the best so far is in ${folder}; ask for more with --chi2, or take it with --best-effort`,
      );
    }
  } finally {
    await node?.close().catch(() => undefined); // an error on the way out would hide the one before it
  }
}

function problemOf(
  path: string,
  cloud: PointCloud,
  { masses, source }: { readonly masses?: string; readonly source?: "gaussian" | "cube" },
): Problem {
  return createProblem(pointsOf(path, cloud), {
    ...(masses === undefined ? {} : { nu: readMasses(masses, cloud.count) }),
    ...(source === undefined ? {} : { source }),
  });
}

/** Bounds as one number where they agree. */
function distance([low, high]: readonly [number, number]): string {
  if (high === Number.POSITIVE_INFINITY) return `at least ${low.toPrecision(5)}`;
  return low === high ? low.toPrecision(6) : `${low.toPrecision(5)} to ${high.toPrecision(5)}`;
}
