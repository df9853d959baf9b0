import type { BufferRef } from "../../kernels/command.ts";
import { Resource } from "../../kernels/dispose.ts";
import type { Gpu } from "../../kernels/gpu.ts";
import { powerOfTwo } from "../../math/float64.ts";
import { depthOf, type Points, padded, TILE } from "../points.ts";

/** Greatest size in bytes of the samples, or of the lists kept for them, in one dispatch. */
export const CHUNK_BYTES: number = powerOfTwo(26);
/**
 * Greatest number of operations in one dispatch: 0.6 s on two cores at 110 GFLOP/s, milliseconds on
 * a GPU.
 */
const CHUNK_OPERATIONS = powerOfTwo(36);

/**
 * Greatest number of operations in one dispatch that keeps lists of the best cells: lists take
 * several times as long as the scores themselves.
 */
export const LIST_OPERATIONS: number = powerOfTwo(33);

/** Buffers for the `chunk` samples of one dispatch. */
export interface Room {
  readonly chunk: number;
  readonly buffers: {
    readonly x: BufferRef;
    readonly index: BufferRef;
    readonly maxScore: BufferRef;
    readonly runnerUp: BufferRef;
  };
}

/**
 * Buffers for samples and for what the kernels compute for them. They grow when more samples come
 * and are then kept.
 */
export class Scratch extends Resource {
  readonly #gpu: Gpu;
  readonly #targets: Points;
  #room: Room | undefined;

  constructor(gpu: Gpu, targets: Points) {
    super();
    this.#gpu = gpu;
    this.#targets = targets;
  }

  /**
   * Buffers for as many samples as one dispatch can take, at most `total`, where each stands for
   * `patterns` points.
   */
  reserve(total: number, patterns = 1): Room {
    const { count, dimension } = this.#targets;
    const depth = depthOf(dimension);
    const operations = count * (2 * depth + (patterns === 1 ? 0 : 2 * patterns));
    const bytes = Math.max(4 * depth, 16 * patterns);
    const most = Math.min(65535 * TILE, CHUNK_BYTES / bytes, CHUNK_OPERATIONS / operations);
    const chunk = Math.max(2, Math.min(Math.floor(most / TILE), Math.ceil(total / TILE))) * TILE;
    if (this.#room === undefined || this.#room.chunk < chunk) {
      this.dispose();
      const allocate = (bytes: number): BufferRef => this.#gpu.allocate("cells", chunk * bytes);
      const buffers = { x: allocate(4 * depth), index: allocate(4), maxScore: allocate(4), runnerUp: allocate(4) };
      this.#room = { chunk, buffers };
    }
    return this.#room;
  }

  /**
   * The parts of the buffers that n samples take, so that what a dispatch binds does not depend on
   * earlier dispatches.
   */
  part(n: number): Room["buffers"] {
    const { x, index, maxScore, runnerUp } = this.reserve(n).buffers;
    const samples = padded(n);
    const first = (ref: BufferRef, each: number): BufferRef => ({ ...ref, bytes: samples * each });
    return {
      x: first(x, 4 * depthOf(this.#targets.dimension)),
      index: first(index, 4),
      maxScore: first(maxScore, 4),
      runnerUp: first(runnerUp, 4),
    };
  }

  /** Frees the buffers. */
  dispose(): void {
    if (this.#room === undefined) return;
    for (const buffer of Object.values(this.#room.buffers)) this.#gpu.release(buffer);
    this.#room = undefined;
  }
}
