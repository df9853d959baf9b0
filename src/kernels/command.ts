import type { BuffersOf, ConstantsOf, Kernel, ParamsOf, Workgroups } from "./kernel.ts";

/**
 * Everything that can reach the GPU. The queue runs these and nothing else, so a record of them
 * omits nothing.
 */
export type Command =
  | { readonly kind: "allocate"; readonly op: string; readonly buffer: BufferRef }
  | { readonly kind: "upload"; readonly buffer: BufferRef; readonly values: ArrayBufferView }
  | (Required<Dispatch> & {
      /** Includes the texture copies that its kernel reads. */
      readonly kind: "dispatch";
      /** The exact WGSL text of its pipeline. */
      readonly code: string;
    })
  | { readonly kind: "copy"; readonly op: string; readonly from: BufferRef; readonly to: BufferRef }
  | {
      readonly kind: "submit";
      /**
       * Nanoseconds that each dispatch since the last submission took, where they are measured. To
       * be called after the submission.
       */
      readonly times?: () => Promise<Float64Array>;
    }
  | {
      readonly kind: "download";
      readonly buffer: BufferRef;
      /** The bytes that reach the host; rejects when the download fails. */
      readonly values: Promise<ArrayBuffer>;
    }
  | { readonly kind: "free"; readonly buffer: BufferRef };

/**
 * A range of a GPU buffer: `bytes`, a multiple of 4, from `offset` on, a multiple of 256, where
 * WebGPU lets a binding begin. The reference to a whole buffer has offset 0.
 */
export interface BufferRef {
  readonly id: number;
  readonly offset: number;
  readonly bytes: number;
}

/** One run of a kernel. */
export interface Dispatch<K extends Kernel = Kernel> {
  /** The op that the dispatch serves: labels, errors and records give this name. */
  readonly op: string;
  readonly kernel: K;
  /** Values for the shader's `//@constant` lines. Default: the values in the file. */
  readonly constants?: ConstantsOf<K>;
  readonly buffers: BuffersOf<K, BufferRef>;
  readonly params: ParamsOf<K>;
  readonly workgroups: Workgroups;
  /**
   * Names of params whose values become part of the pipeline's text, see `specialise`. Default:
   * none.
   */
  readonly specialised?: readonly (keyof K["params"] & string)[];
}
