import type { BufferRef } from "../../kernels/command.ts";
import { Resource } from "../../kernels/dispose.ts";
import type { Gpu } from "../../kernels/gpu.ts";
import { checkNumbers, checkWhole } from "../../kernels/numbers.ts";
import { checkOptions, kindOf } from "../../kernels/options.ts";
import {
  assignPortable,
  assignSubgroup,
  assignTiled,
  topKPortable,
  topKSubgroup,
} from "../../kernels/shaders.generated.ts";
import { type Cancellable, type Signal, throwIfAborted } from "../../kernels/signal.ts";
import { powerOfTwo } from "../../math/float64.ts";
import { checkPoints, depthOf, type Points, type Portion, padded, TILE, unpack } from "../points.ts";
import { checkDraw, type Draw, type Flips, type Source, type SourceMoments, sourceMoments } from "../source.ts";
import {
  type Assignment,
  type CellCounter,
  type Detail,
  type DeviceCells,
  NONE,
  type Question,
  rangesOf,
  type TopK,
} from "./counter.ts";
import { type FlipsBuffers, type FlipsPart, patternsOf, unpackFlipped } from "./flips.ts";
import { type DrawParams, Sampler } from "./sampler.ts";
import { CHUNK_BYTES, LIST_OPERATIONS, Scratch } from "./scratch.ts";
import { NOWHERE, TargetBlocks } from "./targetBlocks.ts";

/** Greatest magnitude of a height. */
export const LARGEST_HEIGHT = 1e30;

/** Limits of one pass over targets and samples. */
export interface CellsOptions {
  /**
   * Greatest size of a buffer of targets in bytes. Default: the device's limit for one binding.
   * Results do not depend on it.
   */
  readonly blockBytes?: number;
  /**
   * Greatest number of samples that are counted on the device before the counts are added on the
   * host in float64. Default 2^31.
   */
  readonly countLimit?: number;
}

const COUNT_LIMIT = powerOfTwo(31); // samples that a histogram of u32 can count

/** The buffers and params of one dispatch, for one block of targets and one chunk of samples. */
interface Pass {
  readonly buffers: { readonly y: BufferRef; readonly h: BufferRef; readonly x: BufferRef };
  /** Params of all kernels that score. */
  readonly scored: {
    readonly samples: number;
    readonly depth: number;
    readonly tiles: number;
    readonly base: number;
  };
  /** Params of the kernels that draw the samples themselves, unless `given` is 1. */
  readonly drawn: DrawParams & { readonly given: number };
}

/**
 * The power cells W_i = {x : <x, y_i> + h_i is greatest} of targets y on the device. Counts are
 * sums of integers and every score is one sum in a fixed order, so that results depend on nothing
 * but the targets, the heights and the samples: not on chunks, blocks or the kernel family. Targets
 * beyond the size of one binding are kept in several buffers; the greatest score and its index are
 * carried from block to block.
 *
 * Samples go to the device in chunks of at most 2^36 operations, or 2^33 for lists. At most two
 * chunks are in progress at a time. Between chunks pending events are handled, and a call can be
 * cancelled.
 *
 * Draws with sign flips are for `Cells`: here they are refused, so that a program that only maps
 * points loads no kernels for them.
 */
export class PlainCells extends Resource implements CellCounter, DeviceCells {
  readonly targets: Points;
  readonly source: Source;
  readonly moments: SourceMoments;
  readonly #gpu: Gpu;
  readonly #blocks: TargetBlocks;
  readonly #sampler: Sampler;
  readonly #counts: BufferRef;
  readonly #zeros: Uint32Array<ArrayBuffer>;
  readonly #countLimit: number;
  readonly #scratch: Scratch;
  #set = false;
  #busy = false;
  /** Whether flipped points without a score above 0 were met; see flips.ts. */
  #signed = false;

  constructor(gpu: Gpu, targets: Points, source: Source = "gaussian", options: CellsOptions = {}) {
    checkOptions("cells", options, ["countLimit", "blockBytes"]);
    super();
    checkPoints("cells: `targets`", targets);
    if (typeof source !== "string" && source.samples.dimension !== targets.dimension) {
      throw new RangeError(
        `cells: expected samples of dimension ${targets.dimension}, got ${source.samples.dimension}`,
      );
    }
    this.#gpu = gpu;
    this.targets = targets;
    this.source = source;
    this.moments = sourceMoments(source, targets.dimension);
    this.#countLimit = options.countLimit ?? COUNT_LIMIT;
    this.#blocks = new TargetBlocks(gpu, targets, options.blockBytes ?? gpu.limits.maxStorageBufferBindingSize);
    this.#sampler = new Sampler(gpu, source, targets.dimension);
    this.#scratch = new Scratch(gpu, targets);
    // More counts than targets: a sample without a cell would be counted behind them.
    this.#zeros = new Uint32Array(targets.count + 4);
    this.#counts = gpu.allocate("cells", this.#zeros.byteLength);
  }

  /**
   * Sets h; -Infinity empties a cell. RangeError for NaN, +Infinity, magnitudes beyond 1e30 and for
   * cells that are all empty.
   */
  setHeights(h: ArrayLike<number>): void {
    const { count } = this.targets;
    if (this.#busy) throw new Error("cells: expected no call under way while heights are set; await it");
    if (h?.length !== count) {
      throw new RangeError(`cells: expected ${count} heights \`h\`, got ${h?.length ?? kindOf(h)}`);
    }
    checkNumbers("cells: heights `h`", h);
    let finite = 0;
    for (let i = 0; i < count; i++) {
      const height = h[i] as number;
      if (height === Number.NEGATIVE_INFINITY) continue;
      if (!(Math.abs(height) <= LARGEST_HEIGHT)) {
        throw new RangeError(`cells: expected heights \`h\` up to 1e30, got ${height} at ${i}`);
      }
      finite++;
    }
    if (finite === 0) throw new RangeError("cells: expected a finite height `h`, got none");
    this.#blocks.setHeights(h);
    this.#set = true;
  }

  /** Counts of drawn samples or given points in the cells at the current heights. */
  async count(samples: Draw | Points, options: Cancellable = {}): Promise<Float64Array<ArrayBuffer>> {
    checkOptions("count", options, ["signal"]);
    return (await this.assign(samples, [], options)).counts;
  }

  /** Counts, and for each sample the details in `want`; arrays that are not wanted are empty. */
  async assign(samples: Draw | Points, want: readonly Detail[], options: Cancellable = {}): Promise<Assignment> {
    checkOptions("assign", options, ["signal"]);
    return this.#alone(() => this.#assign(samples, want, options));
  }

  async #assign(samples: Draw | Points, want: readonly Detail[], { signal }: Cancellable): Promise<Assignment> {
    this.#check(samples);
    const { count: total } = samples;
    const { count, dimension } = this.targets;
    const counts = new Float64Array(count);
    const size = (detail: Detail, each: number): number => (want.includes(detail) ? total * each : 0);
    const result: Assignment = {
      counts,
      index: new Uint32Array(size("index", 1)),
      max: new Float32Array(size("max", 1)),
      runnerUp: new Float32Array(size("runnerUp", 1)),
      second: new Uint32Array(size("second", 1)),
      points: new Float32Array(size("points", dimension)),
    };
    const flips = "values" in samples ? 0 : (samples.flips ?? 0);
    const patterns = patternsOf(flips);
    const drawn = flips === 0 ? samples : drawnOf(samples as Draw, flips);
    const { chunk } = this.#scratch.reserve(drawn.count, patterns);
    const floats = async (buffer: BufferRef) => new Float32Array(await this.#gpu.download(buffer));
    const integers = async (buffer: BufferRef) => new Uint32Array(await this.#gpu.download(buffer));
    let [pending, below] = [0, 0];
    for await (const part of this.#chunks(drawn.count, { chunk, signal, ahead: want.length === 0 })) {
      const { first, count: n } = part;
      if (pending === 0) this.#gpu.upload(this.#counts, this.#zeros);
      const found = flips === 0 ? this.#dispatch(drawn, part, want) : this.#flip(drawn as Draw, part, { flips, want });
      pending += patterns * n;
      if (first + n === drawn.count || pending + patterns * chunk > this.#countLimit) {
        below += await this.#collect(counts);
        pending = 0;
      }
      if (want.includes("index")) inOrder(await integers(found.index), result.index, part, patterns);
      if (want.includes("max")) inOrder(await floats(found.maxScore), result.max, part, patterns);
      if (want.includes("runnerUp")) {
        const runnerUp = await floats(found.runnerUp);
        const known = runnerUp.map((s) => (s <= NOWHERE / 2 ? Number.NEGATIVE_INFINITY : s));
        inOrder(known, result.runnerUp, part, patterns);
      }
      if (want.includes("second")) {
        if (found.second === undefined) throw new RangeError("cells: expected a draw with flips for `second`");
        inOrder(await integers(found.second), result.second, part, patterns);
      }
      if (want.includes("points")) {
        const x = await floats(this.#scratch.part(n).x);
        const into = { values: result.points, dimension };
        if (flips === 0) unpack(x, into, part);
        else unpackFlipped(x, into, part, flips);
      }
    }
    const sum = counts.reduce((a, b) => a + b, 0);
    if (below > 0 && sum + below === total && flips > 0 && !this.#signed) {
      this.#signed = true;
      return this.#assign(samples, want, { signal });
    }
    if (sum !== total)
      throw new Error(`cells: expected counts that sum to ${total}, got ${sum}; the device computed wrong values`);
    return result;
  }

  /**
   * The k cells with the greatest scores of each sample at the current heights. The host holds k
   * numbers per sample.
   */
  async topK(samples: Draw | Points, k: number, options: Cancellable = {}): Promise<TopK> {
    checkOptions("topK", options, ["signal"]);
    return this.#alone(() => this.#topK(samples, k, options));
  }

  async #topK(samples: Draw | Points, k: number, { signal }: Cancellable): Promise<TopK> {
    const { count: total } = samples;
    this.#check(samples);
    checkWhole("cells", "k", k, [1, 1024]);
    if (!("values" in samples) && (samples.flips ?? 0) > 0)
      throw new RangeError("cells: expected a draw without flips for `topK`, got one with flips; make `Cells`");
    const result = { index: new Uint32Array(total * k), score: new Float32Array(total * k) };
    const { count, dimension } = this.targets;
    const most = Math.min(CHUNK_BYTES / (4 * (k + TILE)), LIST_OPERATIONS / (2 * count * depthOf(dimension)));
    const chunk = Math.min(this.#scratch.reserve(total).chunk, padded(most));
    const allocate = (each: number): BufferRef => this.#gpu.allocate("topK", 4 * each * Math.min(chunk, padded(total)));
    const lists = {
      index: allocate(k),
      score: allocate(k),
      tile: allocate(this.#gpu.family === "subgroup" ? TILE : 0),
    };
    try {
      for await (const part of this.#chunks(total, { chunk, signal })) {
        const { first, count: n } = part;
        this.#dispatchTopK(samples, part, k, lists);
        const i = new Uint32Array(await this.#gpu.download(lists.index));
        const s = new Float32Array(await this.#gpu.download(lists.score));
        for (let m = 0; m < n; m++) {
          for (let r = 0; r < k; r++) {
            // on the device, a sample is a column
            const [from, to] = [r * padded(n) + m, (first + m) * k + r];
            result.index[to] = i[from] as number;
            result.score[to] = i[from] === NONE ? Number.NEGATIVE_INFINITY : (s[from] as number);
          }
        }
      }
    } finally {
      for (const buffer of Object.values(lists)) this.#gpu.release(buffer);
    }
    return result;
  }

  #dispatchTopK(
    samples: Draw | Points,
    part: Portion,
    k: number,
    { tile, ...lists }: { readonly index: BufferRef; readonly score: BufferRef; readonly tile: BufferRef },
  ): void {
    const n = part.count;
    for (const { buffers, scored, drawn } of this.#passes(samples, part)) {
      const params = { ...scored, k, stride: padded(n) };
      const all = { ...buffers, ...lists };
      if (this.#gpu.family === "subgroup") {
        this.#gpu.dispatch({
          op: "topK",
          kernel: topKSubgroup,
          buffers: { ...all, tile },
          params,
          workgroups: [Math.ceil(n / TILE), 1, 1],
        });
      } else {
        this.#gpu.dispatch({
          op: "topK",
          kernel: topKPortable,
          buffers: all,
          params: { ...drawn, ...params },
          workgroups: [Math.ceil(n / 64), 1, 1],
        });
      }
    }
  }

  /** The points of a draw. */
  async draw(samples: Draw, options: Cancellable = {}): Promise<Points> {
    checkOptions("draw", options, ["signal"]);
    const { signal } = options;
    return this.#alone(async () => {
      this.#checkDraw(samples);
      const { count, flips = 0 } = samples;
      const { dimension } = this.targets;
      const values = new Float32Array(count * dimension);
      const drawn = flips === 0 ? samples : drawnOf(samples, flips);
      const { chunk } = this.#scratch.reserve(drawn.count);
      for await (const part of this.#chunks(drawn.count, { chunk, signal })) {
        const { x } = this.#scratch.part(part.count);
        this.#sampler.draw(x, drawn, part);
        const packed = new Float32Array(await this.#gpu.download(x));
        if (flips === 0) unpack(packed, { values, dimension }, part);
        else unpackFlipped(packed, { values, dimension }, part, flips);
      }
      return { values, count, dimension };
    });
  }

  /** Lets other tasks run: see `Gpu.pause`. */
  pause(signal?: Signal): Promise<void> {
    return this.#gpu.pause(signal);
  }

  /** The answer to a question about the samples of a draw, in the ranges that it asks for. */
  async ask<P, A>(question: Question<P, A>, parameter: P, draw: Draw, options: Cancellable = {}): Promise<A> {
    checkOptions("ask", options, ["signal"]);
    if (question.range === undefined) return question.answer(this, draw, parameter, options);
    let all: A | undefined;
    for (const range of rangesOf(question, parameter, this.targets, draw)) {
      const next = await question.answer(this, range, parameter, options);
      all = all === undefined ? next : question.join([all, next]);
    }
    return all as A;
  }

  /** Cells of other targets on the same device. */
  beside(targets: Points, source: Source): PlainCells {
    return new PlainCells(this.#gpu, targets, source);
  }

  /** Frees the buffers. */
  dispose(): void {
    this.#scratch.dispose();
    this.#blocks.dispose();
    this.#sampler.dispose();
    this.#gpu.release(this.#counts);
  }

  /** Adds what the device counted, and returns the number of points without a score above 0. */
  async #collect(counts: Float64Array): Promise<number> {
    const part = new Uint32Array(await this.#gpu.download(this.#counts));
    for (let i = 0; i < counts.length; i++) (counts[i] as number) += part[i] as number;
    return part[counts.length] as number;
  }

  /**
   * The chunks of `total` samples. Between two chunks pending events are handled, as they are while
   * a caller waits for a download. With `ahead` the caller downloads nothing of a chunk, so that
   * the next chunk is submitted while the last one is computed; before that, the device must have
   * finished the chunk before the last.
   */
  async *#chunks(
    total: number,
    { chunk, signal, ahead = false }: Cancellable & { readonly chunk: number; readonly ahead?: boolean },
  ): AsyncGenerator<Portion> {
    throwIfAborted(signal);
    let before = Promise.resolve();
    for (let first = 0; first < total; first += chunk) {
      yield { first, count: Math.min(chunk, total - first) };
      if (first + chunk >= total) return;
      if (ahead) {
        const last = this.#gpu.done();
        last.catch(() => undefined); // the queue keeps the error, and the next wait throws it
        await before;
        before = last;
      }
      await this.#gpu.pause(signal);
    }
  }

  /** Calls share the scratch buffers, so they run one at a time. */
  async #alone<T>(run: () => Promise<T>): Promise<T> {
    if (this.#busy) throw new Error("cells: expected one call at a time; await the one before");
    this.#busy = true;
    try {
      return await run();
    } finally {
      this.#busy = false;
    }
  }

  #check(samples: Draw | Points): void {
    if (!this.#set) throw new Error("cells: expected `setHeights` before samples are assigned");
    if (samples?.count === undefined) checkPoints("cells: the samples", samples as Points);
    checkCount(samples.count);
    if (!("values" in samples)) this.#checkDraw(samples);
    else if (samples.dimension !== this.targets.dimension) {
      throw new RangeError(`cells: expected points of dimension ${this.targets.dimension}, got ${samples.dimension}`);
    }
  }

  #checkDraw(draw: Draw): void {
    checkCount(draw.count);
    checkDraw(draw, { source: this.source, dimension: this.targets.dimension });
  }

  /** Assigns a part of a draw with flips and returns where the results will be. */
  #flip(
    drawn: Draw,
    part: Portion,
    { flips, want }: { readonly flips: Flips; readonly want: readonly Detail[] },
  ): FlipsBuffers {
    const { x } = this.#scratch.part(part.count);
    this.#sampler.draw(x, drawn, part);
    return this.assignFlipped({
      x,
      points: part.count,
      depth: depthOf(this.targets.dimension),
      blocks: this.#blocks.blocks,
      counts: this.#counts,
      flips,
      runnerUp: want.includes("runnerUp") || want.includes("second"),
      signed: this.#signed,
      below: this.targets.count,
    });
  }

  /** Assigns flipped points and returns where their results will be. RangeError where it cannot. */
  protected assignFlipped(_part: FlipsPart): FlipsBuffers {
    throw new RangeError("cells: expected a draw without flips, got one with flips; make `Cells` of the targets");
  }

  /** Assigns a part of the samples and returns where the results will be. */
  #dispatch(samples: Draw | Points, part: Portion, want: readonly Detail[]): FlipsBuffers {
    const n = part.count;
    const { index, maxScore, runnerUp } = this.#scratch.part(n);
    const constants = { RUNNER_UP: want.includes("runnerUp") };
    const detailed = want.some((detail) => detail !== "points");
    for (const { buffers, scored, drawn } of this.#passes(samples, part)) {
      const tally = scored.base + TILE * scored.tiles >= this.targets.count;
      const params = { ...scored, detail: detailed || !tally ? 1 : 0, tally: tally ? 1 : 0 };
      const all = { ...buffers, counts: this.#counts, index, maxScore, runnerUp };
      if (this.#gpu.family === "subgroup") {
        this.#gpu.dispatch({
          op: "assign",
          kernel: assignSubgroup,
          constants,
          buffers: all,
          params,
          workgroups: [Math.ceil(n / TILE), 1, 1],
        });
      } else {
        const kernel = this.#gpu.family === "tiled" ? assignTiled : assignPortable;
        this.#gpu.dispatch({
          op: "assign",
          kernel,
          constants,
          buffers: all,
          params: { ...drawn, ...params },
          workgroups: [Math.ceil(n / 64), 1, 1],
        });
      }
    }
    return { index, maxScore, runnerUp };
  }

  /** The passes of a chunk over the blocks of targets. After the first pass x holds its samples. */
  *#passes(samples: Draw | Points, part: Portion): Generator<Pass> {
    const { x } = this.#scratch.part(part.count);
    let given = this.#sampler.place(x, samples, part);
    const draw = this.#sampler.params(samples, part);
    for (const { y, h, base, tiles } of this.#blocks.blocks) {
      const scored = { samples: part.count, depth: draw.depth, tiles, base };
      yield { buffers: { y, h, x }, scored, drawn: { ...draw, given: given ? 1 : 0 } };
      given = true;
    }
  }
}

/** The drawn points of a draw with flips. */
const drawnOf = ({ flips: _, first, count, ...others }: Draw, flips: Flips): Draw => {
  const patterns = patternsOf(flips);
  return { ...others, first: first / patterns, count: count / patterns };
};

/** Brings a part's values, [patterns, ⌈count / 32⌉, 32], into the order of the points. */
function inOrder<T extends Uint32Array | Float32Array>(
  values: T,
  into: T,
  { first, count }: Portion,
  patterns: number,
): void {
  if (patterns === 1) into.set(values.subarray(0, count), first);
  else {
    for (let p = 0; p < patterns; p++) {
      for (let m = 0; m < count; m++) into[(first + m) * patterns + p] = values[p * padded(count) + m] as number;
    }
  }
}

function checkCount(count: number): void {
  if (!Number.isSafeInteger(count) || count < 1) {
    throw new RangeError(`cells: expected a positive \`count\` of samples, got ${count}`);
  }
}
