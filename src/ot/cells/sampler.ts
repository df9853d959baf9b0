import type { BufferRef } from "../../kernels/command.ts";
import { Resource } from "../../kernels/dispose.ts";
import type { Gpu } from "../../kernels/gpu.ts";
import { draw as drawKernel, drawRows } from "../../kernels/shaders.generated.ts";
import { words } from "../../math/philox.ts";
import { depthOf, type Points, type Portion, pack, rows, slotOf } from "../points.ts";
import type { Draw, Source } from "../source.ts";

/**
 * The params of kernels that draw the samples of one dispatch: the fields of
 * shaders/include/sampleParams.wgsl that do not depend on the targets.
 */
export interface DrawParams {
  readonly samples: number;
  readonly depth: number;
  readonly cube: number;
  readonly even: number;
  readonly first_low: number;
  readonly first_high: number;
  readonly stream: number;
  readonly seed_low: number;
  readonly seed_high: number;
}

/**
 * Writes the points of draws from a source, or given points, to the buffer that the kernels read:
 * x, [⌈samples / 32⌉, depth, 32].
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
    const padded = new Float32Array(count * this.#depth);
    const slots = Array.from({ length: dimension }, (_, k) => slotOf(k, this.#depth));
    for (let i = 0; i < count; i++) {
      for (const [k, slot] of slots.entries()) padded[i * this.#depth + slot] = values[i * dimension + k] as number;
    }
    this.#rows = gpu.allocate("samples", padded.byteLength);
    gpu.upload(this.#rows, padded);
  }

  params(samples: Draw | Points, part: Portion): DrawParams {
    const {
      seed,
      stream,
      first: start,
      even = false,
    }: Omit<Draw, "count"> = "values" in samples ? { seed: 0, stream: 0, first: 0 } : samples;
    const [first_low, first_high] = words("cells", "first", start + part.first);
    const [seed_low, seed_high] = words("cells", "seed", seed);
    return {
      samples: part.count,
      depth: this.#depth,
      cube: this.#source === "cube" ? 1 : 0,
      even: even ? 1 : 0,
      first_low,
      first_high,
      stream,
      seed_low,
      seed_high,
    };
  }

  /**
   * Writes a part of the samples to x, unless the next kernel can draw it itself. True when it was
   * written. Family `subgroup` reads samples from a texture, which its kernels cannot write.
   */
  place(x: BufferRef, samples: Draw | Points, part: Portion): boolean {
    if ("values" in samples) {
      this.#gpu.upload(x, pack(rows(samples, part.first, part.count)));
      return true;
    }
    if (this.#rows === undefined && this.#gpu.family !== "subgroup") return false;
    this.draw(x, samples, part);
    return true;
  }

  /** Writes a part of a draw to x. */
  draw(x: BufferRef, samples: Draw, part: Portion): void {
    const params = this.params(samples, part);
    const groups = [Math.ceil(part.count / 64), 1, 1] as const;
    if (typeof this.#source === "string" || this.#rows === undefined) {
      this.#gpu.dispatch({ op: "draw", kernel: drawKernel, buffers: { x }, params, workgroups: groups });
      return;
    }
    const { cube: _, even: __, ...rest } = params;
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
