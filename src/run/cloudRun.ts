import { join } from "node:path";
import type { OpenedGpu } from "../adapter/opened.ts";
import { versions } from "../adapter/versions.ts";
import { Cluster } from "../cluster/cluster.ts";
import { writeFileAtomic } from "../files/atomicWrite.ts";
import { encodeNpy } from "../formats/npy.ts";
import { encodeUtf8 } from "../formats/utf8.ts";
import { throwIfAborted } from "../kernels/signal.ts";
import { powerOfTwo } from "../math/float64.ts";
import { Cells } from "../ot/cells/cells.ts";
import { certify } from "../ot/certificate/certificate.ts";
import { type ExactCells, exactCells } from "../ot/exact/exact.ts";
import { exactIndex } from "../ot/exact/exactMap.ts";
import { massCentres, SAMPLES_PER_CELL } from "../ot/map/map.ts";
import { gatherForDevice } from "../ot/problem.ts";
import { leastChi2 } from "../ot/solver/leastChi2.ts";
import { solve } from "../ot/solver/solver.ts";
import { cellPicture } from "../pictures/cellPicture.ts";
import { scenePng } from "../pictures/raster.ts";
import { sceneSvg } from "../pictures/scene.ts";
import type { Counted } from "../report/massHistogram.ts";
import type { CloudContext, CloudSummary } from "./cloud.ts";
import { CloudReport } from "./cloudReport.ts";
import { listed, sayGathered } from "./gathered.ts";
import { type PointCloud, pointsOf } from "./pointCloud.ts";
import { writeJson } from "./runDirectory.ts";
import { flipsOf } from "./settings.ts";
import { solveExactly } from "./solveExactly.ts";

/** The context of a transport with its report, where one is written. */
type Reported = CloudContext & { readonly live?: CloudReport | undefined };

interface Solved {
  readonly summary: CloudSummary;
  readonly heights: Float64Array;
  readonly masses: Float64Array;
  /** The masses that the cells are to have: those of targets that another stands for are 0. */
  readonly asked: Float64Array;
  readonly centres: Float64Array;
  /** How the masses were counted; undefined where they are exact. */
  readonly counted?: Counted;
  /** What became of targets with mass, where not all of them have a cell. */
  readonly left?: {
    readonly targetsWithMass: number;
    readonly gathered: number;
    readonly negligible: number;
  };
  /** The cells to draw, for problems in the plane. */
  readonly cells: ExactCells | undefined;
  /** Finds the cell of each source point. */
  readonly index: (apply: NonNullable<CloudContext["apply"]>) => Promise<Uint32Array>;
  readonly dispose: () => void;
}

const LEAST_CHECK = 65_536;
const MOST_STEPS = 500;

/**
 * Solves a transport problem and writes heights.npy, masses.npy and centres.npy; mapped.npy,
 * cells.svg and cells.png where they apply; and last summary.json.
 */
export async function transportCloud(given: CloudContext): Promise<CloudSummary> {
  const live = given.report === true ? new CloudReport(given) : undefined;
  try {
    live?.write();
    return await transportInto({ ...given, progress: live?.progress ?? given.progress, live });
  } catch (error) {
    live?.remove();
    throw error;
  }
}

async function transportInto(context: Reported): Promise<CloudSummary> {
  const { problem, cloud, folder, apply, gpu, live } = context;
  const { count, dimension } = cloud;
  const begin = performance.now();
  const solved = gpu === undefined ? await solveHere(context) : await solveByDevice(context, gpu);
  try {
    const seconds = Number(((performance.now() - begin) / 1000).toFixed(2));
    throwIfAborted(context.signal);
    writeFileAtomic(join(folder, "heights.npy"), encodeNpy({ shape: [count], dtype: "<f8", data: solved.heights }));
    writeFileAtomic(join(folder, "masses.npy"), encodeNpy({ shape: [count], dtype: "<f8", data: solved.masses }));
    writeFileAtomic(
      join(folder, "centres.npy"),
      encodeNpy({ shape: [count, dimension], dtype: "<f8", data: solved.centres }),
    );
    if (apply !== undefined) {
      const index = await solved.index(apply);
      writeRows(join(folder, "mapped.npy"), cloud, index);
    }
    if (dimension === 2 && solved.cells !== undefined) {
      // Targets that another stands for have neither mass nor a cell in the picture.
      const own = problem.nu.map((mass, i) => (solved.heights[i] === Number.NEGATIVE_INFINITY ? 0 : mass));
      const scene = cellPicture({ ...problem, nu: own }, solved.cells);
      live?.cells(scene, solved.cells, own);
      writeFileAtomic(join(folder, "cells.svg"), encodeUtf8(sceneSvg(scene)));
      writeFileAtomic(join(folder, "cells.png"), scenePng(scene));
    }
    live?.masses({ masses: solved.masses, asked: solved.asked, counted: solved.counted });
    live?.finish(solved.summary);
    writeJson(join(folder, "summary.json"), {
      ...solved.summary,
      targets: count,
      dimension,
      targetsWithMass: problem.nu.reduce((sum, mass) => sum + (mass > 0 ? 1 : 0), 0),
      duplicates: problem.duplicates,
      gathered: 0,
      negligible: 0,
      ...solved.left,
      source: context.sourceFile ?? problem.source,
      offset: Array.from(problem.offset),
      mapped: apply?.cloud.count ?? 0,
      seconds,
      adapter: gpu?.adapter ?? null,
      kernels: gpu?.choice === undefined ? null : { ...gpu.choice.kernels, by: gpu.choice.by },
      ...(gpu instanceof Cluster && gpu.isMixed ? { mixed: true } : {}),
      versions: versions(),
      seed: context.seed,
    });
    return solved.summary;
  } finally {
    solved.dispose();
  }
}

/** Writes the rows of the cloud with the given numbers, in the precision of its file. */
function writeRows(path: string, { rows, dimension: d }: PointCloud, index: Uint32Array): void {
  const shape = [index.length, d];
  const pick = <T extends Float32Array | Float64Array>(from: T, into: T): T => {
    index.forEach((i, m) => {
      for (let k = 0; k < d; k++) into[m * d + k] = from[i * d + k] as number;
    });
    return into;
  };
  if (rows instanceof Float32Array) {
    writeFileAtomic(path, encodeNpy({ shape, dtype: "<f4", data: pick(rows, new Float32Array(index.length * d)) }));
  } else
    writeFileAtomic(path, encodeNpy({ shape, dtype: "<f8", data: pick(rows, new Float64Array(index.length * d)) }));
}

async function solveHere({ problem, chi2, progress, signal, live }: Reported): Promise<Solved> {
  const solution = await solveExactly(problem, {
    signal,
    // χ² is at most the square of the greatest relative error
    tolerance: Math.min(1e-10, Math.sqrt(chi2)),
    iterations: MOST_STEPS,
    onStep({ iteration, maxRelativeError }) {
      live?.step({ iteration, maxRelativeError });
      progress.update(
        iteration,
        MOST_STEPS,
        `steps at most, greatest relative error ${maxRelativeError.toExponential(1)}`,
      );
    },
  });
  const { masses, heights, maxRelativeError, cells, asked, first, negligible, w2Interval, stop } = solution;
  const gathered = sayGathered(problem, first, "float64", progress);
  if (negligible.length > 0) {
    const which =
      negligible.length === 1 ? "mass is too small for float64 and is" : "masses are too small for float64 and are";
    progress.end(`${negligible.length} ${which} treated as 0 (${listed(negligible.map(String))})`);
  }
  const errors = asked.map((mass, i) => (masses[i] as number) - mass);
  const reachedChi2 = asked.reduce(
    (sum, mass, i) => sum + (mass > 0 ? ((errors[i] as number) * (errors[i] as number)) / mass : 0),
    0,
  );
  const summary: CloudSummary = {
    method: "exact",
    stop,
    reached: reachedChi2 <= chi2,
    chi2: reachedChi2,
    chi2Interval: [reachedChi2, reachedChi2],
    chi2Target: chi2,
    l1: errors.reduce((sum, error) => sum + Math.abs(error), 0),
    l1Floor: 0,
    maxRelativeError,
    maxRelativeErrorFloor: 0,
    emptyCells: asked.reduce((sum, mass, i) => sum + (mass > 0 && !((masses[i] as number) > 0) ? 1 : 0), 0),
    w2: w2Interval,
    w2Confidence: 1,
    steps: solution.iterations,
    samples: 0,
    flips: 0,
    inflation: 1,
  };
  const targetsWithMass = asked.reduce((sum, mass) => sum + (mass > 0 ? 1 : 0), 0);
  const left = { targetsWithMass, gathered, negligible: negligible.length };
  const index = async (apply: NonNullable<CloudContext["apply"]>): Promise<Uint32Array> =>
    exactIndex(problem, heights, cells, apply.cloud.rows);
  const { centres } = solution;
  return { summary, heights, masses, asked, centres, left, cells: solution, index, dispose: () => undefined };
}

async function solveByDevice(
  { problem: given, chi2, budget, seed, flips: flipsAsked, progress, signal, live }: Reported,
  gpu: OpenedGpu | Cluster,
): Promise<Solved> {
  const problem = gatherForDevice(given);
  const { targets, nu, gathered } = problem;
  if (gathered !== undefined) sayGathered(given, gathered.first, "the device's float32", progress);
  const least = leastChi2(problem);
  const solution = await solve(gpu instanceof Cluster ? gpu.open : gpu, problem, {
    chi2: Math.max(chi2, least),
    ...(budget === undefined ? {} : { budget }),
    seed,
    ...flipsOf(flipsAsked),
    signal,
    onStep({ state: _state, heights: _heights, ...at }) {
      live?.step(at);
      const text = at.chi2 === undefined ? "steps" : `steps, chi² ${at.chi2.toFixed(4)}`;
      progress.update(at.iteration, at.of, gpu instanceof Cluster ? `${text}, ${gpu.pace}` : text);
    },
  });
  const { heights, evaluation, samplesInAll, flips, inflation } = solution;
  const { targets: y, source } = problem;
  const counter = gpu instanceof Cluster ? gpu.open(y, source) : new Cells(gpu, y, source);
  try {
    counter.setHeights(heights);
    progress.begin("mass centres");
    // Neither the masses nor the bounds may take more samples than the solution did.
    const wish = Math.min((16 * Math.sqrt(2 / targets.count)) / chi2, samplesInAll / inflation / targets.count);
    const { centres, counts } = await massCentres(
      { cells: counter, problem },
      {
        samplesPerCell: inflation * Math.max(SAMPLES_PER_CELL, LEAST_CHECK / targets.count, wish),
        flips,
        seed,
        signal,
      },
    );
    const samples = counts.reduce((sum, c) => sum + c, 0);
    const cells =
      targets.dimension === 2 && typeof problem.source === "string" ? exactCells(problem, heights) : undefined;
    progress.begin("bounds of W2");
    const bound = Math.max(powerOfTwo(14), Math.min(powerOfTwo(20), samplesInAll));
    const samplesOfBounds = 512 * Math.ceil(bound / 512);
    const bounds = await certify(counter, problem, heights, { seed, samples: samplesOfBounds, signal });
    const reached = solution.stop === "single" || evaluation.chi2 + 2 * evaluation.sd <= chi2;
    const summary: CloudSummary = {
      method: "samples",
      stop: !reached && least > chi2 ? "samples" : solution.stop,
      reached,
      // the estimate by which the solver decided to stop
      chi2: evaluation.chi2,
      chi2Interval: [evaluation.chi2 - 2 * evaluation.sd, evaluation.chi2 + 2 * evaluation.sd],
      chi2Target: chi2,
      l1: evaluation.l1,
      l1Floor: evaluation.l1Floor,
      maxRelativeError: evaluation.worst,
      maxRelativeErrorFloor: evaluation.worstFloor,
      emptyCells: evaluation.empty,
      w2: bounds.w2,
      w2Confidence: bounds.confidence,
      steps: solution.steps,
      samples: samplesInAll + samples + bounds.samples,
      flips,
      inflation,
    };
    const targetsWithMass = nu.reduce((sum, mass) => sum + (mass > 0 ? 1 : 0), 0);
    return {
      summary,
      heights,
      left: { targetsWithMass, gathered: gathered?.count ?? 0, negligible: 0 },
      masses: counts.map((c) => c / samples),
      asked: nu,
      counted: { samples, inflation },
      centres: Float64Array.from(centres),
      cells,
      index: async ({ path, cloud }) => {
        if (!(counter instanceof Cells)) throw new Error("transport: expected one device that maps points");
        return (await counter.assign(pointsOf(path, cloud), ["index"], { signal })).index;
      },
      dispose: () => counter.dispose(),
    };
  } catch (error) {
    counter.dispose();
    throw error;
  }
}
