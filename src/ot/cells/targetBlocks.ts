import type { BufferRef } from "../../kernels/command.ts";
import { Resource } from "../../kernels/dispose.ts";
import type { Gpu } from "../../kernels/gpu.ts";
import { depthOf, type Points, pack, padded, TILE } from "../points.ts";

/** The device's value for a height of -Infinity: below every score, so that the cell is empty. */
export const NOWHERE = -3e38;

/** Consecutive targets that fit into one binding. */
export interface Block {
  readonly y: BufferRef;
  readonly h: BufferRef;
  /** Number of its first target. */
  readonly base: number;
  readonly tiles: number;
}

/** Targets and heights on the device, in blocks of whole tiles of at most `bytes` bytes each. */
export class TargetBlocks extends Resource {
  readonly blocks: readonly Block[];
  readonly #gpu: Gpu;
  readonly #heights: Float32Array<ArrayBuffer>;

  constructor(gpu: Gpu, { values, count, dimension }: Points, bytes: number) {
    super();
    this.#gpu = gpu;
    const most = TILE * Math.max(1, Math.floor(bytes / (4 * depthOf(dimension) * TILE)));
    const blocks: Block[] = [];
    for (let base = 0; base < count; base += most) {
      const n = Math.min(most, count - base);
      const part = values.subarray(base * dimension, (base + n) * dimension);
      const packed = pack({ values: part, count: n, dimension });
      const tiles = Math.ceil(n / TILE);
      const y = gpu.allocate("cells", packed.byteLength);
      gpu.upload(y, packed);
      blocks.push({ y, h: gpu.allocate("cells", 4 * TILE * tiles), base, tiles });
    }
    this.blocks = blocks;
    this.#heights = new Float32Array(padded(count)).fill(NOWHERE);
  }

  /**
   * Sets the heights of all targets; the padding past the last target keeps the value for empty
   * cells.
   */
  setHeights(h: ArrayLike<number>): void {
    for (let i = 0; i < h.length; i++) this.#heights[i] = Math.max(h[i] as number, NOWHERE);
    for (const { h: buffer, base, tiles } of this.blocks) {
      this.#gpu.upload(buffer, this.#heights.subarray(base, base + TILE * tiles));
    }
  }

  /** Frees the buffers. */
  dispose(): void {
    for (const { y, h } of this.blocks) {
      this.#gpu.release(y);
      this.#gpu.release(h);
    }
  }
}
