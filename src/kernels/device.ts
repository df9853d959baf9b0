// What the core needs to see of a device that its caller brings.
import { kindOf } from "./options.ts";

/**
 * A WebGPU device: every `GPUDevice` is one. Its type comes with the DOM library or with the
 * package `@webgpu/types`, of which a program can use either but not both, so that the types of
 * this library name neither.
 */
export interface Device {
  /**
   * A set of names. The DOM library declares only its `forEach`, the types of Dawn in Node the
   * rest.
   */
  readonly features: object;
  readonly limits: DeviceLimits;
  readonly adapterInfo: { readonly subgroupMinSize?: number; readonly subgroupMaxSize?: number };
  /** Resolves when the device is lost. */
  readonly lost: Promise<DeviceLoss>;
  readonly queue: object;
  /** As of a GPUDevice. */
  createComputePipeline(descriptor: never): object;
  /** As of a GPUDevice. */
  destroy(): void;
}

/** Those limits of a device that decide what kernels and tensors it can hold. */
export interface DeviceLimits {
  readonly maxBufferSize: number;
  readonly maxComputeInvocationsPerWorkgroup: number;
  readonly maxComputeWorkgroupSizeX: number;
  readonly maxComputeWorkgroupSizeY: number;
  readonly maxComputeWorkgroupStorageSize: number;
  readonly maxComputeWorkgroupsPerDimension: number;
  readonly maxStorageBufferBindingSize: number;
  readonly maxTextureDimension2D: number;
}

/** A buffer of a device: every `GPUBuffer` is one. */
export interface DeviceBuffer {
  readonly size: number;
  readonly usage: number;
  /** As of a GPUBuffer. */
  destroy(): void;
}

/** WebGPU's `GPUBuffer` in programs that have its types, else as much of it as is known here. */
export type GivenBuffer = typeof globalThis extends { readonly GPUBuffer: { readonly prototype: infer B } }
  ? B
  : DeviceBuffer;

/** A range of a buffer, as bind groups take it: `{ binding, resource: range }`. */
export interface BufferRange {
  readonly buffer: GivenBuffer;
  readonly offset: number;
  /** In bytes. */
  readonly size: number;
}

/** Why a device was lost. */
export interface DeviceLoss {
  readonly reason: string;
  readonly message: string;
}

/** Memory of a device, and what holds it. */
export interface Memory {
  /** Bytes of the buffers in use. */
  readonly inUse: number;
  /** The greatest number of them so far. */
  readonly peak: number;
  /** `inUse`, the pool's free buffers and all texture copies. */
  readonly reserved: number;
  /** What is in use, the largest first; its bytes sum to `inUse`. */
  readonly alive: readonly Alive[];
}

/** Buffers that one op made, for one shape and, where this is traced, in one place. */
export interface Alive {
  readonly op: string;
  /** Undefined for buffers that hold no tensor, such as those of solvers. */
  readonly shape: readonly number[] | undefined;
  readonly count: number;
  readonly bytes: number;
  /** The line of the stack outside of this library that led to it, with the option `trace`. */
  readonly madeAt: string | undefined;
}

/** The features that a device was opened with, such as `timestamp-query`. */
export const featuresOf = ({ features }: Device): ReadonlySet<string> => features as ReadonlySet<string>;

/** TypeError for what is no device, such as a promise of one. */
export function checkDevice(op: string, given: unknown): void {
  const parts: Partial<Device> = typeof given === "object" && given !== null ? given : {};
  if (parts.queue !== undefined && parts.limits !== undefined && parts.lost !== undefined) return;
  throw new TypeError(
    `${op}: expected a GPUDevice, got ${kindOf(given)}; take \`openGpu\` of \`brenier/web\` or \`brenier/node\`, ` +
      "or await `adapter.requestDevice()`",
  );
}
