import { join } from "node:path";
import { openGpu } from "../adapter/openGpu.ts";
import { Cluster } from "../cluster/cluster.ts";
import { DataError } from "../formats/error.ts";
import { createProblem, gatherForDevice, type Problem } from "../ot/problem.ts";
import { leastChi2 } from "../ot/solver/leastChi2.ts";
import { DEFAULT_CHI2 } from "../ot/solver/solution.ts";
import { LEAST_BUDGET, leastPlannedChi2, MOST_SAMPLES } from "../ot/solver/solver.ts";
import type { Source } from "../ot/source.ts";
import { transportCloud } from "../run/cloudRun.ts";
import { REPORT } from "../run/liveReport.ts";
import { type PointCloud, pointsOf, readMasses, readPointCloud } from "../run/pointCloud.ts";
import { progress } from "../run/progress.ts";
import { defaultRunPath } from "../run/runDirectory.ts";
import { defaultsOf, flipsOf } from "../run/settings.ts";
import { describeFlags, type Flag, integer, parseArguments, text, toggle, UsageError } from "./arguments.ts";
import { coordinatorFlags, openCluster, referenceFlag, serverOf } from "./clusterFlags.ts";
import { ShortfallError } from "./command.ts";
import { inNewFolder, requireNewFolder } from "./out.ts";
import { settingFlag } from "./settingFlag.ts";

/** The flag for the source: gaussian, cube, or a file of samples. */
const sourceFlag: Flag<string> = {
  value: "gaussian|cube|FILE",
  help: "N(0, I), uniform on [-1/2, 1/2]^d, or samples: a file like POINTS (default gaussian)",
  parse(given, name) {
    if (given === "gaussian" || given === "cube" || /\.(npy|npz|csv|tsv|txt)$/i.test(given)) return given;
    throw new UsageError(`--${name}: expected gaussian, cube or a .npy, .csv, .tsv or .txt file, got ${given}`);
  },
};

const flags = {
  masses: text("FILE", "masses of the points, a file like POINTS; scaled to sum 1 (default equal)"),
  source: sourceFlag,
  chi2: settingFlag("chi2", {
    help: "asked chi² = sum of (mass - asked mass)² / asked mass over the points",
    initial: DEFAULT_CHI2,
  }),
  budget: integer(
    "N",
    "most samples of its steps (default 16 times what the asked chi² should take)",
    LEAST_BUDGET,
    MOST_SAMPLES,
  ),
  flips: settingFlag("flips"),
  exact: toggle("solve without samples or GPU: 1 or 2 dimensions (1 always is, unless --source is a FILE)"),
  apply: text("FILE", "source points to map, a file like POINTS: mapped.npy gets the point that each goes to"),
  "best-effort": toggle("exit with 0 even if chi² was not reached"),
  seed: settingFlag("seed"),
  out: text("DIR", "a new or empty folder for the results (default runs/TIME)"),
  "no-report": toggle("do not write report.html"),
  ...coordinatorFlags,
  ...referenceFlag,
} as const;

const usage = `usage: node dist/transport.js POINTS [flags]

Finds the map that moves the source to the points at least cost ½|x − y|²: x goes to the point y_i with the greatest
<x, y_i> + h_i. POINTS is a .npy file [N, d] of numbers, or a .csv, .tsv or .txt file with one point a line, whose cells
are separated by commas, semicolons, tabs or blanks.
Of equal points, and of points too close for the arithmetic to tell apart, one has the mass of all: the first, with
--exact the heaviest. The others have mass 0 and height -inf, as have masses too small for it with --exact.

writes into DIR
  heights.npy    [N] h, of mean 0 over points with mass, -inf elsewhere
  masses.npy     [N] mass that reaches each point, of samples of its own unless the solution is exact
  centres.npy    [N, d] mean of the x that go to each point
  mapped.npy     [M, d] with --apply
  cells.svg .png with d = 2, unless the source is a file: the cells, coloured by the angle at which the map folds, and
                 its singular set
  report.html    a page with all of it
  summary.json   all below, what was given, and where it ran

summary.json
  stop, reached  why it stopped: reached, single (one point has mass), budget, rounding (no better in float64), stalled
                 (more steps or samples would not help), samples (the source's file has too few)
  chi2           with chi2Interval, ± 2 standard deviations; reached: its upper end is at most chi2Target
  l1             sum of |mass - asked mass|, and l1Floor, what samples make of it where the masses are right
  maxRelativeError, maxRelativeErrorFloor: greatest |mass - asked mass| / asked mass, and its floor; emptyCells
  w2             [low, high] bounds of W2, where W2² = least mean |x − y|², without ½; they hold with w2Confidence
  targets, dimension, targetsWithMass, duplicates (equal to an earlier point), gathered (too close to another),
  negligible (masses too small), source, offset (mean of the points)
  steps, samples, seconds; flips: signs of so many blocks of coordinates are flipped, so that a point's products serve
  2^flips samples, of which \`inflation\` are worth one independent sample

flags
${describeFlags(flags)}
exit codes: 0 fine, 1 chi² was not reached (the best so far is written) or anything else, 2 wrong usage, 3 no adapter,
4 wrong or missing data, 130 after Ctrl-C, 143 after SIGTERM
`;

/** `node dist/transport.js`: see `usage`. */
export async function transportCommand(args: readonly string[], signal: AbortSignal): Promise<void> {
  const { help, values, positionals } = parseArguments(args, flags, ["POINTS"]);
  if (help) {
    process.stdout.write(usage);
    return;
  }
  const [path = ""] = positionals;
  const server = serverOf(values);
  if (values.out !== undefined) requireNewFolder(values.out);
  const say = progress({ stream: process.stderr });
  const cloud = readPointCloud(path, say.end);
  const source = sourceOf(values.source ?? "gaussian", path, cloud, say.end);
  const sourceFile = typeof source === "string" ? undefined : values.source;
  if (values.exact === true && sourceFile !== undefined) {
    throw new UsageError(`--exact: expected the source gaussian or cube, got ${sourceFile}`);
  }
  const exact = values.exact === true || (cloud.dimension === 1 && sourceFile === undefined);
  if (exact && cloud.dimension > 2) {
    throw new UsageError(`--exact: expected points in 1 or 2 dimensions, got ${cloud.dimension} in ${path}`);
  }
  if (exact && values.budget !== undefined) {
    throw new UsageError("--budget: expected a problem that is solved by samples, got one that is solved exactly");
  }
  const { flips = 0 } = flipsOf(values.flips);
  if (flips > 0 && (exact || sourceFile !== undefined || flips > cloud.dimension)) {
    const what = exact
      ? "is solved exactly"
      : sourceFile === undefined
        ? `has ${cloud.dimension} dimensions`
        : `starts from ${sourceFile}`;
    throw new UsageError(`--flips: expected 0 or auto for a problem that ${what}, got ${flips}`);
  }
  const nu = values.masses === undefined ? {} : { nu: readMasses(values.masses, cloud.count, say.end) };
  const problem = createProblem(pointsOf(path, cloud), { ...nu, source });
  const { chi2 = DEFAULT_CHI2, seed = defaultsOf("cpu").seed, budget } = values;
  const least = leastPlannedChi2(problem.nu.filter((mass) => mass > 0).length);
  if (!exact && budget === undefined && chi2 < least) {
    throw new UsageError(
      `--chi2: expected at least ${Number((1.01 * least).toPrecision(3))} for ${cloud.count} points, since less takes more than 2^40 samples, ` +
        `got ${chi2}; raise it or give --budget`,
    );
  }
  if (sourceFile !== undefined && values["best-effort"] !== true)
    checkSamples(sourceFile, gatherForDevice(problem), chi2);
  const apply =
    values.apply === undefined
      ? undefined
      : { path: values.apply, cloud: readAlike(values.apply, path, cloud, say.end) };
  if (values.cluster !== undefined && exact) {
    throw new UsageError("--cluster: expected a problem that is solved by samples, got one that is solved exactly");
  }
  if (!exact && server !== undefined && values.apply !== undefined) {
    throw new UsageError(
      "--apply: expected no --cluster, whose workers count and map no points; leave out one of them",
    );
  }
  const open = () => (server === undefined ? openGpu() : openCluster(server, values, { say: say.end }));
  const gpu = exact ? undefined : await open();
  try {
    const folder = values.out ?? defaultRunPath(new Date());
    sayDuplicates(problem);
    const summary = await inNewFolder(folder, () =>
      transportCloud({
        problem,
        cloud,
        chi2,
        budget,
        seed,
        flips: values.flips,
        sourceFile,
        gpu,
        apply,
        folder,
        report: values["no-report"] !== true,
        signal,
        progress: say,
      }),
    );
    if (gpu instanceof Cluster) say.end(`cluster: ${gpu.note}`);
    const width = (summary.chi2Interval[1] - summary.chi2Interval[0]) / 2;
    const estimate =
      summary.method === "exact"
        ? `greatest relative error ${summary.maxRelativeError.toExponential(1)}`
        : `chi² ${summary.chi2.toFixed(4)} ± ${width.toFixed(4)} (asked ${chi2})`;
    const drawn = cloud.dimension === 2 && sourceFile === undefined;
    const page = values["no-report"] === true ? undefined : REPORT;
    const look = page ?? (drawn ? "cells.png" : undefined);
    const picture = look === undefined ? "see summary.json" : `look at ${join(folder, look)}`;
    process.stdout.write(`${folder}: ${estimate}, W2 ${distance(summary.w2)}; ${picture}\n`);
    if (!summary.reached && values["best-effort"] !== true) {
      throw new ShortfallError(
        `expected chi² of ${chi2}, got ${summary.chi2.toPrecision(3)} (${summary.stop}); ` +
          `the best so far is in ${folder}; ask for a larger --chi2${summary.stop === "budget" && summary.method === "samples" ? " or --budget" : ""}, ` +
          "or take it with --best-effort",
      );
    }
  } finally {
    // An error while disposing would hide the earlier one.
    await gpu?.dispose().catch(() => undefined);
  }
}

/** Says on stderr how many points equal an earlier one. */
function sayDuplicates({ duplicates }: Problem): void {
  if (duplicates === 1) process.stderr.write("1 point equals an earlier one, which has its mass\n");
  if (duplicates > 1) process.stderr.write(`${duplicates} points equal an earlier one, which has their mass\n`);
}

/** DataError where no map from the samples can reach chi2. */
function checkSamples(path: string, problem: Problem, chi2: number): void {
  const least = leastChi2(problem);
  if (typeof problem.source === "string" || least <= chi2) return;
  const targets = problem.nu.reduce((sum, mass) => sum + (mass > 0 ? 1 : 0), 0);
  throw new DataError(
    `${path}: expected more samples than ${problem.source.samples.count} for ${targets} points: a map sends each to one ` +
      `point and cannot split it, so that chi² is at least ${least.toPrecision(3)} (asked ${chi2}); give more samples, ` +
      "make the points the source and the samples the points, ask for a larger --chi2, or take the best with --best-effort",
  );
}

/** The source: a density by its name, or the samples of a file. */
function sourceOf(given: string, path: string, cloud: PointCloud, note: (text: string) => void): Source {
  if (given === "gaussian" || given === "cube") return given;
  return { samples: pointsOf(given, readAlike(given, path, cloud, note)) };
}

/** Reads points of another file, which must have the same dimension. */
function readAlike(other: string, path: string, { dimension }: PointCloud, note: (text: string) => void): PointCloud {
  const cloud = readPointCloud(other, note);
  if (cloud.dimension === dimension) return cloud;
  throw new DataError(`${other}: expected points of dimension ${dimension}, as in ${path}, got ${cloud.dimension}`);
}

/** The bounds as text, as one number where they agree in six digits. */
function distance([low, high]: readonly [number, number]): string {
  if (high === Number.POSITIVE_INFINITY) return `at least ${low.toPrecision(5)}`;
  const [from, to] = [low.toPrecision(6), high.toPrecision(6)];
  return from === to ? from : `${low.toPrecision(5)} to ${high.toPrecision(5)}`;
}
