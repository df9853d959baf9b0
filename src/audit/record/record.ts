// The lines of audit.jsonl: first a header, then one line per command in the order in which they
// reached the GPU.
import type { Dtype } from "../../kernels/kernel.ts";
import type { Shape } from "../../tensor/shape.ts";
import type { Peak } from "./peak.ts";

export const RECORD = "audit.jsonl";
/** Folder beside the record that keeps every kernel text that ran, as DIGEST.wgsl. */
export const TEXTS = "audit";
export const FORMAT = "brenier.audit.2";

/**
 * How much a record holds. `commands`: each command and its buffers; `digests`: also digests of
 * outputs.
 */
export type Level = "commands" | "digests";

/** The place in a run. Lines of phases with a step number are those that `every` thins out. */
export interface Phase {
  readonly stage: string;
  readonly epoch?: number;
  readonly step?: number;
}

/** The first line of a record: what the device and the versions were, and what is recorded. */
export interface Header {
  readonly format: typeof FORMAT;
  readonly adapter: Readonly<Record<string, unknown>> & { readonly name: string };
  readonly kernels: Readonly<Record<string, unknown>>;
  readonly versions: Readonly<Record<string, string>>;
  readonly level: Level;
  readonly every: number;
  readonly times: boolean;
  readonly peak: Peak;
}

/**
 * A range of a buffer as a command binds it. `tensor` is the number of the buffer, by first use in
 * the phase.
 */
export interface BufferUse {
  readonly name: string;
  readonly access: "read" | "write" | "read_write";
  readonly tensor: number;
  /** Offset in bytes, for a part of a buffer. */
  readonly offset?: number;
  readonly shape: Shape;
  readonly dtype: Dtype;
}

/**
 * Digest of a buffer's contents. NaN and infinite values are counted by their bits and left out of
 * the other statistics.
 */
export interface Digest {
  readonly sha256: string;
  readonly min: number | null;
  readonly max: number | null;
  readonly mean: number | null;
  readonly nan: number;
  readonly inf: number;
  /**
   * Some values by their index, evenly spaced. NaN and infinities, which JSON lacks, are strings.
   */
  readonly values: readonly (readonly [index: number, value: number | string])[];
}

interface Placed extends Phase {
  /**
   * Number in the hash chain. Submissions, and commands that belong to saving and resuming, have
   * none.
   */
  readonly seq?: number;
  /** Milliseconds since the record began, on the host. */
  readonly at: number;
}

/** One dispatch of a kernel. */
export interface DispatchLine extends Placed {
  readonly kind: "dispatch";
  readonly op: string;
  readonly kernel: string;
  /**
   * First 16 hex digits of the SHA-256 of the kernel's exact text, which lies in audit/TEXT.wgsl.
   */
  readonly text: string;
  readonly constants: Readonly<Record<string, number | boolean>>;
  readonly params: Readonly<Record<string, number | string>>;
  readonly specialised?: readonly string[];
  readonly buffers: readonly BufferUse[];
  readonly workgroups: readonly number[];
  readonly flops: number;
  readonly bytes: number;
  /** Nanoseconds on the GPU. */
  readonly ns?: number;
  readonly outputs?: Readonly<Record<string, Digest>>;
}

/** A copy between buffers of the device. */
export interface CopyLine extends Placed {
  readonly kind: "copy";
  readonly op: string;
  readonly buffers: readonly BufferUse[];
  readonly bytes: number;
  readonly outputs?: Readonly<Record<string, Digest>>;
}

/** A transfer to or from the GPU, with the SHA-256 of its bytes. */
export interface TransferLine extends Placed {
  readonly kind: "upload" | "download";
  readonly buffers: readonly BufferUse[];
  readonly bytes: number;
  readonly sha256: string;
  readonly outputs?: Readonly<Record<string, Digest>>;
}

/** A submission to the device, with the bytes that it held then. */
export interface SubmitLine extends Placed {
  readonly kind: "submit";
  readonly inUse: number;
  readonly reserved: number;
}

/** A line of a record after its header. */
export type Line = DispatchLine | CopyLine | TransferLine | SubmitLine;
