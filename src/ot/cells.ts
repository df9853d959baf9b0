import type { BufferRef } from "../kernels/command.ts";
import type { Gpu } from "../kernels/gpu.ts";
import { assign, assignPortable, assignTiled, otTop } from "../kernels/shaders.generated.ts";
import { checkDraw, type Draw, type Source } from "./draw.ts";
import { depthOf, type Points, pack, TILE, unpack } from "./points.ts";

export { type Draw, type Source, STREAMS } from "./draw.ts";

/** What `assign` tells of each sample besides the counts. */
export type Detail = "index" | "best" | "second" | "points";

export interface Assignment {
  /** Samples in each cell; they sum to the number of samples. */
  readonly counts: Float64Array<ArrayBuffer>;
  /** The sample's cell. */
  readonly index: Uint32Array<ArrayBuffer>;
  /** u_h(x) = max_i <x, y_i> + h_i. */
  readonly best: Float32Array<ArrayBuffer>;
  /** The greatest score of another target; -Infinity where there is none. */
  readonly second: Float32Array<ArrayBuffer>;
  /** The samples themselves, row after row. */
  readonly points: Float32Array<ArrayBuffer>;
}

/** The `k` greatest scores of each sample, greatest first, ties by index; rows end in NONE and -Infinity where there are fewer targets. */
export interface Top {
  /** [count, k]. */
  readonly index: Uint32Array<ArrayBuffer>;
  /** [count, k]: <x, y_i> + h_i. */
  readonly score: Float32Array<ArrayBuffer>;
}

/** No target. */
export const NONE = 0xffffffff;

/** Buffers for the `chunk` samples of one dispatch. */
interface Scratch {
  readonly chunk: number;
  readonly buffers: {
    readonly x: BufferRef;
    readonly index: BufferRef;
    readonly best: BufferRef;
    readonly second: BufferRef;
  };
}

/** Stands for a height of -Infinity on the device: below every score, so that the cell is empty. */
const NOWHERE = -3e38;
const CHUNK_OPERATIONS = 2 ** 36; // keeps one dispatch near a second even on a CPU
const CHUNK_BYTES = 2 ** 26;
const WRAP = 2 ** 31; // samples that a histogram of u32 may take

/**
 * The power cells W_i = {x : <x, y_i> + h_i is greatest} of targets y on the device. Counts are sums of integers and every score is one
 * sum in a fixed order, so results depend on nothing but the targets, the heights and the samples: not on chunks or the kernel family.
 */
export class Cells {
  readonly targets: Points;
  readonly source: Source;
  readonly #gpu: Gpu;
  readonly #y: BufferRef;
  readonly #h: BufferRef;
  readonly #counts: BufferRef;
  readonly #heights: Float32Array<ArrayBuffer>;
  readonly #zeros: Uint32Array<ArrayBuffer>;
  #set = false;
  #busy = false;
  #scratch: Scratch | undefined;

  constructor(gpu: Gpu, targets: Points, source: Source = "gaussian") {
    this.#gpu = gpu;
    this.targets = targets;
    this.source = source;
    const packed = pack(targets);
    this.#y = gpu.allocate("cells", packed.byteLength);
    gpu.upload(this.#y, packed);
    this.#heights = new Float32Array(Math.ceil(targets.count / TILE) * TILE).fill(NOWHERE);
    this.#h = gpu.allocate("cells", this.#heights.byteLength);
    this.#zeros = new Uint32Array(targets.count + 4); // one more than targets: where a sample without a cell would land
    this.#counts = gpu.allocate("cells", this.#zeros.byteLength);
  }

  /** Sets h; -Infinity empties a cell. RangeError for NaN, +Infinity, magnitudes beyond 1e30 and for cells that are all empty. */
  setHeights(h: ArrayLike<number>): void {
    const { count } = this.targets;
    if (this.#busy) throw new Error("cells: expected no call under way while heights are set; await it");
    if (h.length !== count) throw new RangeError(`cells: expected ${count} heights \`h\`, got ${h.length}`);
    let finite = 0;
    for (let i = 0; i < count; i++) {
      const height = h[i] as number;
      if (height !== Number.NEGATIVE_INFINITY && !(Math.abs(height) <= 1e30)) {
        throw new RangeError(`cells: expected heights \`h\` up to 1e30, got ${height} at ${i}`);
      }
      if (height !== Number.NEGATIVE_INFINITY) finite++;
      this.#heights[i] = Math.max(height, NOWHERE);
    }
    if (finite === 0) throw new RangeError("cells: expected a finite height `h`, got none");
    this.#gpu.upload(this.#h, this.#heights);
    this.#set = true;
  }

  /** Counts at the heights that were set, over drawn samples or given points. */
  async count(samples: Draw | Points): Promise<Float64Array<ArrayBuffer>> {
    return (await this.assign(samples, [])).counts;
  }

  /** Counts, and for each sample the details in `want`; arrays that were not asked for are empty. */
  assign(samples: Draw | Points, want: readonly Detail[]): Promise<Assignment> {
    return this.#alone(() => this.#assign(samples, want));
  }

  async #assign(samples: Draw | Points, want: readonly Detail[]): Promise<Assignment> {
    this.#check(samples);
    const { count: total } = samples;
    const { count, dimension } = this.targets;
    const counts = new Float64Array(count);
    const size = (detail: Detail, each: number): number => (want.includes(detail) ? total * each : 0);
    const result: Assignment = {
      counts,
      index: new Uint32Array(size("index", 1)),
      best: new Float32Array(size("best", 1)),
      second: new Float32Array(size("second", 1)),
      points: new Float32Array(size("points", dimension)),
    };
    const { chunk, buffers: scratch } = this.#reserve(total);
    let pending = 0;
    for (let first = 0; first < total; first += chunk) {
      const n = Math.min(chunk, total - first);
      if (pending === 0) this.#gpu.upload(this.#counts, this.#zeros);
      this.#dispatch(samples, first, n, want);
      pending += n;
      if (first + n === total || pending + chunk > WRAP) {
        await this.#collect(counts);
        pending = 0;
      }
      if (want.includes("index"))
        result.index.set(new Uint32Array(await this.#gpu.download(scratch.index), 0, n), first);
      if (want.includes("best")) result.best.set(new Float32Array(await this.#gpu.download(scratch.best), 0, n), first);
      if (want.includes("second")) {
        const second = new Float32Array(await this.#gpu.download(scratch.second), 0, n);
        result.second.set(
          second.map((s) => (s <= NOWHERE / 2 ? Number.NEGATIVE_INFINITY : s)),
          first,
        );
      }
      if (want.includes("points"))
        unpack(new Float32Array(await this.#gpu.download(scratch.x)), n, dimension, result.points, first);
    }
    const sum = counts.reduce((a, b) => a + b, 0);
    if (sum !== total)
      throw new Error(`cells: expected counts that sum to ${total}, got ${sum}; the device computed wrong values`);
    return result;
  }

  /** The k best cells of each sample at the heights that were set. Samples must fit in memory k times. */
  top(samples: Draw | Points, k: number): Promise<Top> {
    return this.#alone(() => this.#top(samples, k));
  }

  async #top(samples: Draw | Points, k: number): Promise<Top> {
    const { count: total } = samples;
    this.#check(samples);
    if (!Number.isInteger(k) || k < 1 || k > 1024)
      throw new RangeError(`cells: expected \`k\` from 1 to 1024, got ${k}`);
    const result = { index: new Uint32Array(total * k), score: new Float32Array(total * k) };
    const { chunk } = this.#reserve(total);
    const index = this.#gpu.allocate("topCells", 4 * k * Math.min(chunk, total));
    const score = this.#gpu.allocate("topCells", 4 * k * Math.min(chunk, total));
    try {
      for (let first = 0; first < total; first += chunk) {
        const n = Math.min(chunk, total - first);
        const { x } = this.#upload(samples, first, n);
        const { detail: _, ...params } = this.#params(samples, first, n, 0);
        const buffers = { y: this.#y, h: this.#h, x, index, score };
        this.#gpu.dispatch("topCells", otTop, {}, buffers, { ...params, k }, [Math.ceil(n / 64), 1, 1]);
        const [i, s] = [
          new Uint32Array(await this.#gpu.download(index)),
          new Float32Array(await this.#gpu.download(score)),
        ];
        for (let m = 0; m < n; m++) {
          for (let r = 0; r < k; r++) {
            const [from, to] = [r * n + m, (first + m) * k + r]; // the device keeps columns
            result.index[to] = i[from] as number;
            result.score[to] = i[from] === NONE ? Number.NEGATIVE_INFINITY : (s[from] as number);
          }
        }
      }
    } finally {
      this.#gpu.free(index);
      this.#gpu.free(score);
    }
    return result;
  }

  /** Frees the buffers. */
  close(): void {
    this.#release();
    for (const buffer of [this.#y, this.#h, this.#counts]) this.#gpu.free(buffer);
  }

  async #collect(counts: Float64Array): Promise<void> {
    const part = new Uint32Array(await this.#gpu.download(this.#counts));
    for (let i = 0; i < counts.length; i++) counts[i] = (counts[i] as number) + (part[i] as number);
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
    if (!Number.isSafeInteger(samples.count) || samples.count < 1) {
      throw new RangeError(`cells: expected a positive \`count\` of samples, got ${samples.count}`);
    }
    if (!("values" in samples)) checkDraw(samples);
    else if (samples.dimension !== this.targets.dimension) {
      throw new RangeError(`cells: expected points of dimension ${this.targets.dimension}, got ${samples.dimension}`);
    }
  }

  #dispatch(samples: Draw | Points, offset: number, n: number, want: readonly Detail[]): void {
    const buffers = { y: this.#y, h: this.#h, counts: this.#counts, ...this.#upload(samples, offset, n) };
    const params = this.#params(samples, offset, n, want.some((detail) => detail !== "points") ? 1 : 0);
    const constants = { RUNNER_UP: want.includes("second") };
    if (this.#gpu.family === "subgroup") {
      this.#gpu.dispatch("assign", assign, constants, buffers, params, [Math.ceil(n / TILE), 1, 1]);
    } else if (this.#gpu.family === "tiled") {
      this.#gpu.dispatch("assign", assignTiled, constants, buffers, params, [Math.ceil(n / 64), 1, 1]);
    } else {
      this.#gpu.dispatch("assign", assignPortable, constants, buffers, params, [Math.ceil(n / 64), 1, 1]);
    }
  }

  /** Room for n samples; those that are given lie there already. */
  #upload(samples: Draw | Points, offset: number, n: number): Scratch["buffers"] {
    const { buffers } = this.#reserve(n);
    if ("values" in samples) {
      const { dimension } = samples;
      const values = samples.values.subarray(offset * dimension, (offset + n) * dimension);
      this.#gpu.upload(buffers.x, pack({ values, count: n, dimension }));
    }
    return buffers;
  }

  #params(
    samples: Draw | Points,
    offset: number,
    n: number,
    detail: number,
  ): Record<keyof typeof assign.params, number> {
    const draw = "values" in samples ? { seed: 0, stream: 0, first: 0 } : samples;
    const first = draw.first + offset;
    return {
      samples: n,
      tiles: Math.ceil(this.targets.count / TILE),
      depth: depthOf(this.targets.dimension),
      given: "values" in samples ? 1 : 0,
      cube: this.source === "cube" ? 1 : 0,
      first_low: first % 2 ** 32,
      first_high: Math.floor(first / 2 ** 32),
      stream: draw.stream,
      seed_low: draw.seed % 2 ** 32,
      seed_high: Math.floor(draw.seed / 2 ** 32),
      detail,
    };
  }

  /** Buffers for as many samples as one dispatch takes, at most `total`. */
  #reserve(total: number): Scratch {
    const { count, dimension } = this.targets;
    const depth = depthOf(dimension);
    const most = Math.min(65535 * TILE, CHUNK_BYTES / (4 * depth), CHUNK_OPERATIONS / (2 * count * depth));
    const chunk = Math.max(2, Math.min(Math.floor(most / TILE), Math.ceil(total / TILE))) * TILE;
    if (this.#scratch === undefined || this.#scratch.chunk < chunk) {
      this.#release();
      const allocate = (bytes: number): BufferRef => this.#gpu.allocate("cells", chunk * bytes);
      this.#scratch = {
        chunk,
        buffers: { x: allocate(4 * depth), index: allocate(4), best: allocate(4), second: allocate(4) },
      };
    }
    return this.#scratch;
  }

  #release(): void {
    if (this.#scratch === undefined) return;
    for (const buffer of Object.values(this.#scratch.buffers)) this.#gpu.free(buffer);
    this.#scratch = undefined;
  }
}
