import { type Resource, resource } from "../../kernels/dispose.ts";
import type { Gpu } from "../../kernels/gpu.ts";
import { checkOptions } from "../../kernels/options.ts";
import type { Cancellable } from "../../kernels/signal.ts";
import { powerOfTwo } from "../../math/float64.ts";
import { STREAMS } from "../../math/streams.ts";
import { Cells } from "../cells/cells.ts";
import { addUp, type CellCounter, type Question, RANGE_UNIT } from "../cells/counter.ts";
import type { PlainCells } from "../cells/plainCells.ts";
import { type Points, portions } from "../points.ts";
import { checkProblem, type Problem } from "../problem.ts";
import type { Draw, Flips } from "../source.ts";

/**
 * The transport map T = ∇u of a problem at given heights. It holds buffers on the device until
 * `dispose`.
 */
export interface TransportMap extends Resource {
  readonly problem: Problem;
  readonly heights: Float64Array;
  readonly cells: PlainCells;
  readonly gpu: Gpu;
}

/** A problem and a counter of its cells, with the heights set: a map, or cells on many devices. */
export interface Solved {
  readonly problem: Problem;
  readonly cells: CellCounter;
}

/** Where source points go. */
export interface Transported {
  /** The cell of each x. */
  readonly index: Uint32Array<ArrayBuffer>;
  /** T(x) = y_index, [count, d]. */
  readonly y: Float32Array<ArrayBuffer>;
}

/** The mass centres of all cells, estimated from samples. */
export interface MassCentres {
  /** b_i = E[x | x in W_i], [N, d], from `counts[i]` samples; 0 where there was none. */
  readonly centres: Float32Array<ArrayBuffer>;
  readonly counts: Float64Array;
}

/** How many samples `massCentres` takes. */
export interface MassCentreOptions extends Cancellable {
  /** Mean number of samples per cell. Default: SAMPLES_PER_CELL. */
  readonly samplesPerCell?: number;
  /** Sign flips of the samples, such as a solution's; see `Draw`. Default 0. */
  readonly flips?: Flips;
  readonly seed?: number;
}

/** The map with the given heights, such as a solution's. */
export function createMap(gpu: Gpu, problem: Problem, heights: ArrayLike<number>): TransportMap {
  checkProblem("createMap", problem);
  return mapOn(gpu, new Cells(gpu, problem.targets, problem.source), { problem, heights });
}

/** The map of a problem with the given heights on cells of its targets, which it disposes of. */
export function mapOn(
  gpu: Gpu,
  cells: PlainCells,
  { problem, heights }: { readonly problem: Problem; readonly heights: ArrayLike<number> },
): TransportMap {
  try {
    cells.setHeights(heights);
  } catch (error) {
    cells.dispose();
    throw error;
  }
  return resource({ gpu, problem, heights: Float64Array.from(heights), cells }, () => cells.dispose());
}

/** T(x) for source points x of dimension d, and the cells they lie in. */
export async function transport(
  { cells, problem }: TransportMap,
  x: Points | Draw,
  options: Cancellable = {},
): Promise<Transported> {
  checkOptions("transport", options, ["signal"]);
  const { index } = await cells.assign(x, ["index"], options);
  return { index, y: targetRows(problem, index) };
}

/** u(x) = max_i <x, y_i> + h_i over targets that are not centred, so that ∇u = T. */
export async function potential(
  { cells, problem }: TransportMap,
  x: Points,
  options: Cancellable = {},
): Promise<Float64Array> {
  checkOptions("potential", options, ["signal"]);
  const { max } = await cells.assign(x, ["max"], options);
  const d = x.dimension;
  return Float64Array.from(max, (u, m) =>
    problem.offset.reduce((sum, shift, k) => sum + shift * (x.values[m * d + k] as number), u),
  );
}

/** The targets with the given indices, as they were given: with the offset added. */
export function targetRows({ targets, offset }: Problem, index: ArrayLike<number>): Float32Array<ArrayBuffer> {
  const d = targets.dimension;
  const y = new Float32Array(index.length * d);
  for (let m = 0; m < index.length; m++) {
    const row = (index[m] as number) * d;
    for (let k = 0; k < d; k++) y[m * d + k] = (targets.values[row + k] as number) + (offset[k] as number);
  }
  return y;
}

/** Default of the mean number of samples per cell from which mass centres are estimated. */
export const SAMPLES_PER_CELL = 40;

/** Coordinates of the samples of a range, where that is more than 16 samples for each cell. */
const RANGE_COORDINATES = powerOfTwo(22);

/**
 * How many samples are in each cell, and the sums of their points, [N, d].
 */
export const centring: Question<
  undefined,
  { readonly counts: Float64Array<ArrayBuffer>; readonly sums: Float64Array<ArrayBuffer> }
> = {
  name: "centres",
  range: ({ count, dimension }) =>
    RANGE_UNIT * Math.ceil(Math.max(16 * count, RANGE_COORDINATES / dimension) / RANGE_UNIT),
  async answer(cells, { first, count: total, ...draw }, _, options) {
    const { count, dimension: d } = cells.targets;
    const [sums, counts] = [new Float64Array(count * d), new Float64Array(count)];
    for (const portion of portions(total, d)) {
      const part = { ...draw, first: first + portion.first, count: portion.count };
      const { index, points } = await cells.assign(part, ["index", "points"], options);
      for (let m = 0; m < part.count; m++) {
        const i = index[m] as number;
        (counts[i] as number) += 1;
        for (let k = 0; k < d; k++) (sums[i * d + k] as number) += points[m * d + k] as number;
      }
    }
    return { counts, sums };
  },
  join: (parts) => ({ counts: addUp(parts.map(({ counts }) => counts)), sums: addUp(parts.map(({ sums }) => sums)) }),
};

/**
 * The mass centre of each cell, over samplesPerCell · N samples. The device assigns samples to
 * cells. The host sums in float64 in the order of the samples, and of their ranges, since the
 * device has no atomic floats: the bits are the same every time, for 2d additions per sample in
 * addition to 2Nd operations. With m flips the number of samples is rounded up to a multiple of
 * 2^m. RangeError for no samples and for more than 2^48.
 */
export async function massCentres({ cells, problem }: Solved, options: MassCentreOptions = {}): Promise<MassCentres> {
  checkOptions("massCentres", options, ["samplesPerCell", "flips", "seed", "signal"]);
  const { samplesPerCell = SAMPLES_PER_CELL, flips = 0, seed = 1, signal } = options;
  const { count, dimension: d } = problem.targets;
  const patterns = powerOfTwo(flips);
  const total = patterns * Math.ceil((samplesPerCell * count) / patterns);
  if (!(total >= 1 && total <= powerOfTwo(48))) {
    throw new RangeError(
      `massCentres: expected \`samplesPerCell\` above 0, for at most 2^48 samples in all, got ${samplesPerCell}`,
    );
  }
  const draw: Draw = { seed, stream: STREAMS.source.centres, first: 0, count: total, flips };
  const { counts, sums } = await cells.ask(centring, undefined, draw, { signal });
  return {
    centres: Float32Array.from(sums, (sum, at) => sum / Math.max(1, counts[Math.floor(at / d)] as number)),
    counts,
  };
}
