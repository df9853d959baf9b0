import type { BuffersOf, ConstantsOf, Kernel, ParamsOf, Workgroups } from "./kernel.ts";

/**
 * Everything that can reach the GPU. The queue runs these and nothing else, so a record of them
 * omits nothing.
 */
export type Command =
  | { readonly kind: "allocate"; readonly op: string; readonly buffer: BufferRef }
  | { readonly kind: "upload"; readonly buffer: BufferRef; readonly values: ArrayBufferView }
  | (Required<Dispatch> & {
      /** With the texture copies that its kernel reads. */
      readonly kind: "dispatch";
      /** The exact text of its pipeline. */
      readonly code: string;
    })
  | { readonly kind: "copy"; readonly op: string; readonly from: BufferRef; readonly to: BufferRef }
  | {
      readonly kind: "submit";
      /**
       * Nanoseconds of each dispatch since the last one, where they are measured. To be called
       * after the submission.
       */
      readonly times?: () => Promise<Float64Array>;
    }
  | {
      readonly kind: "download";
      readonly buffer: BufferRef;
      /** What comes to the host; rejects as the download does. */
      readonly values: Promise<ArrayBuffer>;
    }
  | { readonly kind: "free"; readonly buffer: BufferRef };

/**
 * A range of a GPU buffer: `bytes` from `offset` on, a multiple of 4 from a multiple of 256, as
 * bindings must begin. Whole buffers start at 0.
 */
export interface BufferRef {
  readonly id: number;
  readonly offset: number;
  readonly bytes: number;
}

/** One run of a kernel. */
export interface Dispatch<K extends Kernel = Kernel> {
  /** On whose behalf: the name that labels, errors and records give. */
  readonly op: string;
  readonly kernel: K;
  /** Values for the shader's `//@constant` lines. Default: those of the file. */
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
