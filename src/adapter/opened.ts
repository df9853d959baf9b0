// What opening an adapter takes and gives, the same in every runtime.
import type { Device } from "../kernels/device.ts";
import type { KernelConfig } from "../kernels/family.ts";
import type { GpuOptions } from "../kernels/gpu.ts";
import type { Signal } from "../kernels/signal.ts";
import { Engine } from "../tensor/engine.ts";
import type { Choice } from "./choice.ts";

/** Thrown when there is no usable adapter; commands then exit with 3. */
export class AdapterError extends Error {}

/** How to open an adapter, in every runtime. */
export interface AdapterOptions extends GpuOptions {
  /**
   * Measures all kernels for some seconds even where an earlier measurement is known or none is
   * needed. Default: false.
   */
  readonly retune?: boolean;
  /** Once it is aborted, opening ends with its reason, between two measurements. */
  readonly signal?: Signal | undefined;
}

/** What a run records about the machine it ran on. */
export interface AdapterSummary {
  readonly name: string;
  readonly vendor: string;
  readonly architecture: string;
  readonly device: string;
  /** The driver's description of itself, with its version; browsers leave it empty. */
  readonly driver: string;
  /** True for drivers that run on the CPU, such as Mesa's lavapipe. */
  readonly cpu: boolean;
}

/** What opening an adapter found out about it. */
interface Opening {
  readonly adapter: AdapterSummary;
  readonly choice: Choice;
  readonly cachePath: string | undefined;
  readonly selfTestMs: number;
  readonly queue: (kernels?: KernelConfig) => Engine;
}

/** An engine on an adapter that `openGpu` found; all functions of the library take it. */
export class OpenedGpu extends Engine {
  readonly adapter: AdapterSummary;
  /** Which kernels run, who chose them, and the measurement. */
  readonly choice: Choice;
  /**
   * Path of the file that caches measurements; undefined for a user without a home folder, and
   * outside of Node.
   */
  readonly cachePath: string | undefined;
  /** Milliseconds that the self-test took. */
  readonly selfTestMs: number;
  /**
   * Makes another engine on the same device with the same options, whose commands the hook of the
   * first one does not see. Default: the same kernels.
   */
  readonly queue: (kernels?: KernelConfig) => Engine;

  constructor(device: Device, options: GpuOptions, opening: Opening) {
    super(device, options);
    this.adapter = opening.adapter;
    this.choice = opening.choice;
    this.cachePath = opening.cachePath;
    this.selfTestMs = opening.selfTestMs;
    this.queue = opening.queue;
  }
}
