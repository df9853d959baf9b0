import type { BufferRef } from "../../kernels/command.ts";
import { Resource } from "../../kernels/dispose.ts";
import type { Gpu } from "../../kernels/gpu.ts";
import { draw as drawKernel, drawRows } from "../../kernels/shaders.generated.ts";
import { depthOf, type Points, pack } from "../points.ts";
import type { Draw, Source } from "../source.ts";

/** What the kernels that draw for themselves need to know of the samples of one dispatch. */
export interface DrawParams {
  readonly samples: number;
  readonly depth: number;
  readonly cube: number;
  readonly first_low: number;
  readonly first_high: number;
  readonly stream: number;
  readonly seed_low: number;
  readonly seed_high: number;
}

/**
 * Puts the points of draws from a source, or given ones, where the kernels look for them: x,
 * [⌈samples / 32⌉, depth, 32].
 */
export class Sampler extends Resource {
  readonly #gpu: Gpu;
  readonly #source: Source;
  readonly #depth: number;
  /** Rows of a sample source, [count, depth]. */
  readonly #rows: BufferRef | undefined;

  constructor(gpu: Gpu, source: Source, dimension: number) {
    super();
    this.#gpu = gpu;
    this.#source = source;
    this.#depth = depthOf(dimension);
    if (typeof source === "string") return;
    const { values, count } = source.samples;
    const rows = new Float32Array(count * this.#depth);
    for (let i = 0; i < count; i++) rows.set(values.subarray(i * dimension, (i + 1) * dimension), i * this.#depth);
    this.#rows = gpu.allocate("samples", rows.byteLength);
    gpu.upload(this.#rows, rows);
  }

  params(samples: Draw | Points, offset: number, n: number): DrawParams {
    const { seed, stream, first: start } = "values" in samples ? { seed: 0, stream: 0, first: 0 } : samples;
    const first = start + offset;
    return {
      samples: n,
      depth: this.#depth,
      cube: this.#source === "cube" ? 1 : 0,
      first_low: first % 2 ** 32,
      first_high: Math.floor(first / 2 ** 32),
      stream,
      seed_low: seed % 2 ** 32,
      seed_high: Math.floor(seed / 2 ** 32),
    };
  }

  /**
   * Puts samples offset .. offset + n - 1 into x, unless the next kernel may draw them itself. True
   * when they are there. Family `subgroup` reads them as an image, which it cannot write.
   */
  place(x: BufferRef, samples: Draw | Points, offset: number, n: number): boolean {
    if ("values" in samples) {
      const { dimension } = samples;
      const values = samples.values.subarray(offset * dimension, (offset + n) * dimension);
      this.#gpu.upload(x, pack({ values, count: n, dimension }));
      return true;
    }
    if (this.#rows === undefined && this.#gpu.family !== "subgroup") return false;
    this.draw(x, samples, offset, n);
    return true;
  }

  /** Puts samples offset .. offset + n - 1 of a draw into x. */
  draw(x: BufferRef, samples: Draw, offset: number, n: number): void {
    const params = this.params(samples, offset, n);
    const groups = [Math.ceil(n / 64), 1, 1] as const;
    if (typeof this.#source === "string" || this.#rows === undefined) {
      this.#gpu.dispatch({ op: "draw", kernel: drawKernel, buffers: { x }, params, workgroups: groups });
      return;
    }
    const { cube: _, ...rest } = params;
    const { count } = this.#source.samples;
    this.#gpu.dispatch({
      op: "draw",
      kernel: drawRows,
      buffers: { rows: this.#rows, x },
      params: { ...rest, rows: count },
      workgroups: groups,
    });
  }

  /** Frees the buffers. */
  dispose(): void {
    if (this.#rows !== undefined) this.#gpu.release(this.#rows);
  }
}
