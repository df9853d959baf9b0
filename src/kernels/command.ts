import type { Kernel, Workgroups } from "./kernel.ts";

/**
 * Everything that can reach the GPU. The queue runs these and nothing else, so a record of them
 * omits nothing.
 */
export type Command =
  | { readonly kind: "allocate"; readonly op: string; readonly buffer: BufferRef }
  | { readonly kind: "upload"; readonly buffer: BufferRef; readonly values: ArrayBufferView }
  | {
      /** With the copies into images of what its kernel reads as such. */
      readonly kind: "dispatch";
      readonly op: string;
      readonly kernel: Kernel;
      /** The exact text of its pipeline. */
      readonly code: string;
      readonly constants: Readonly<Record<string, number | boolean>>;
      readonly buffers: Readonly<Record<string, BufferRef>>;
      readonly params: Readonly<Record<string, number>>;
      /** Params that are part of the pipeline's text. */
      readonly specialised: readonly string[];
      readonly workgroups: Workgroups;
    }
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
 * A range of a GPU buffer: `bytes` from `offset` on (a multiple of 256). Whole buffers start at 0.
 */
export interface BufferRef {
  readonly id: number;
  readonly offset: number;
  readonly bytes: number;
}
