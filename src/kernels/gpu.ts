// Runs commands on a WebGPU device that the caller brings: Dawn in Node, `navigator.gpu` in a
// browser or a worker.
import { checkOptions } from "../kernels/options.ts";
import { Buffers } from "./buffers.ts";
import type { BufferRef, Command, Dispatch } from "./command.ts";
import {
  type BufferRange,
  checkDevice,
  type Device,
  type DeviceBuffer,
  type DeviceLimits,
  type DeviceLoss,
  featuresOf,
  type GivenBuffer,
  type Memory,
} from "./device.ts";
import { type Family, type KernelConfig, resolveKernels, type Tile } from "./family.ts";
import type { Kernel } from "./kernel.ts";
import { oneLine } from "./oneLine.ts";
import { type Binding, Pipelines } from "./pipelines.ts";
import { type Signal, throwIfAborted } from "./signal.ts";
import type { DispatchTimer, Stamps } from "./timer.ts";
import { Uniforms } from "./uniforms.ts";

/** Settings of a queue of commands: what watches it, its kernels, its limit and how it waits. */
export interface GpuOptions {
  /**
   * Called with every command before it runs, in the order in which they take effect. No command
   * bypasses it. (An upload overtakes dispatches that are recorded and not yet submitted, none of
   * which uses its buffer.)
   */
  readonly onCommand?: (command: Command) => void;
  /**
   * Greatest number of bytes to hold on the device: of buffers, and of the texture copies that
   * kernels of CPU drivers read, each as large as its buffer. Default: no limit but the device's
   * own.
   */
  readonly byteLimit?: number;
  /**
   * Whether `memory` tells where each buffer was made, which takes some microseconds for each.
   * Default: false.
   */
  readonly trace?: boolean;
  /**
   * Forces a kernel family. Default: `subgroup` where a subgroup has 8 lanes, `quads` where it
   * has 4, else `portable`. On GPUs `openGpu` chooses by measurement.
   */
  readonly family?: Family | undefined;
  /** Forces the tile of family `tiled`. Default: the first of TILES that the device holds. */
  readonly tile?: Tile | undefined;
  /**
   * Lets other tasks run: resolves after pending events, such as signals and timers, were handled.
   * Long functions call it between their steps. Default: it resolves at once, since the core has no
   * timers; whoever opens the device knows how its runtime does it.
   */
  readonly pause?: () => Promise<void>;
  /**
   * How to wait for the device. `src/adapter/nap.ts` sleeps between polls on CPU adapters, where
   * spinning steals a core.
   */
  readonly wait?: <T>(promise: Promise<T>) => Promise<T>;
}

/** The names of all options of a `Gpu`. */
export const GPU_OPTIONS = ["onCommand", "byteLimit", "trace", "family", "tile", "pause", "wait"] as const;

/**
 * The device was lost, and with it all buffers: open another one and begin again from what was
 * downloaded.
 */
export class DeviceLostError extends Error {}

/**
 * A queue of commands. Dispatches and copies are recorded into one encoder, which is submitted by
 * `submit`, by a download, when its uniforms fill up, and after the first dispatch of a pipeline:
 * one submission per training step. Errors of the device come late, so the first one is kept and
 * thrown by the next submission; only a `download` that succeeds proves that the work was done.
 */
export class Gpu {
  readonly device: Device;
  /** The kernels in use; `family` is their family. */
  readonly kernels: KernelConfig;
  readonly family: Family;
  /** Called with every command, for records: see `GpuOptions.onCommand`. */
  onCommand: ((command: Command) => void) | undefined;
  /**
   * Called when a pipeline was made and submitted for the first time: a driver can take seconds to
   * compile one.
   */
  onPipeline: ((progress: PipelineProgress) => void) | undefined;
  readonly #device: GPUDevice;
  #timer: DispatchTimer | undefined;
  readonly #pause: () => Promise<void>;
  readonly #wait: <T>(promise: Promise<T>) => Promise<T>;
  readonly #buffers: Buffers;
  readonly #pipelines: Pipelines;
  readonly #uniforms: Uniforms;
  #encoder: GPUCommandEncoder | undefined;
  #pass: GPUComputePassEncoder | undefined;
  #touched = new Set<number>();
  #ops = new Set<string>();
  #lastOps: readonly string[] = [];
  #error: Error | undefined;
  #closed = false;

  constructor(given: Device, options: GpuOptions = {}) {
    checkOptions("gpu", options, GPU_OPTIONS);
    checkDevice("gpu", given);
    const device = given as GPUDevice; // every `Device` is a `GPUDevice`: see `Device`
    this.device = given;
    this.#device = device;
    this.onCommand = options.onCommand;
    this.#pause = options.pause ?? (() => Promise.resolve());
    this.#wait = options.wait ?? ((promise) => promise);
    this.kernels = resolveKernels(device, options);
    this.family = this.kernels.family;
    this.#pipelines = new Pipelines(device);
    const events = { onTrim: () => this.submit(), onDestroy: (gone: { id: number }) => this.#pipelines.forget(gone) };
    const { byteLimit = Number.POSITIVE_INFINITY, trace = false } = options;
    this.#buffers = new Buffers(device, { byteLimit, trace }, events);
    this.#uniforms = new Uniforms(device);
    const onError = (event: unknown): void => {
      // Unless it is prevented, Dawn prints the error on stdout. (`Event` belongs to the DOM's
      // types, which the core does not use.)
      (event as { preventDefault?: () => void }).preventDefault?.();
      this.#fail((event as GPUUncapturedErrorEvent).error.message);
    };
    device.addEventListener("uncapturederror", onError);
    void device.lost.then((info) => {
      // Dawn in Node never frees a device that has a listener. A lost device reports no errors.
      device.removeEventListener("uncapturederror", onError);
      if (!this.#closed) this.#fail(`the device was lost (${info.reason}): ${info.message}`, DeviceLostError);
    });
  }

  /**
   * What times each dispatch, in a pass of its own, for `times` of the next `submit`; undefined for
   * none, as at first.
   */
  get timer(): DispatchTimer | undefined {
    return this.#timer;
  }

  set timer(timer: DispatchTimer | undefined) {
    this.submit();
    this.#timer = timer;
  }

  /** The device's limits. */
  get limits(): DeviceLimits {
    return this.device.limits;
  }

  /** The features that the device was opened with, such as `timestamp-query`. */
  get features(): ReadonlySet<string> {
    return featuresOf(this.device);
  }

  /**
   * Least and greatest width of the adapter's subgroups; 0 where the adapter does not report it.
   */
  get subgroupSize(): { readonly min: number; readonly max: number } {
    const { subgroupMinSize: min = 0, subgroupMaxSize: max = 0 } = this.device.adapterInfo;
    return { min, max };
  }

  /** Resolves when the device is lost, whatever the cause. */
  get lost(): Promise<DeviceLoss> {
    return this.device.lost;
  }

  /** The memory in use and what holds it, by op. */
  memory(): Memory {
    return this.#buffers.memory((id) => this.shapeOf(id));
  }

  /** The shape of what is in a buffer, by the id of its reference, where that is known. */
  protected shapeOf(_buffer: number): readonly number[] | undefined {
    return undefined;
  }

  /**
   * A buffer of `bytes` bytes, a multiple of 4, with undefined contents, padded to whole vec4s.
   * RangeError beyond the device's or the caller's limit.
   */
  allocate(op: string, bytes: number): BufferRef {
    if (this.#closed) this.#check();
    if (!(bytes >= 0 && bytes % 4 === 0)) {
      throw new RangeError(`${op}: expected a multiple of 4 bytes to allocate, got ${bytes}`);
    }
    const buffer = this.#buffers.allocate(op, Math.max(16, bytes));
    const ref = { ...buffer, bytes };
    this.onCommand?.({ kind: "allocate", op, buffer: ref });
    return ref;
  }

  /**
   * A reference to `bytes` of the caller's own buffer from `offset` on, for tensors without a copy.
   * The caller keeps the buffer, and destroys it after `release`. What is recorded with it is
   * submitted at once, so that the caller's writes and reads take effect in the order of the calls.
   * RangeError for a buffer without the usages STORAGE, COPY_SRC and COPY_DST, or too small.
   */
  adoptBuffer(op: string, buffer: DeviceBuffer, { offset, bytes }: Omit<BufferRef, "id">): BufferRef {
    const ref = this.#buffers.adopt(op, buffer as GPUBuffer, { offset, bytes });
    this.onCommand?.({ kind: "allocate", op, buffer: ref });
    return ref;
  }

  /**
   * Gives the caller the buffer of a reference, without a copy, to read and write on the same
   * device until `release`, which destroys it. From now on, what is recorded with it is submitted
   * at once: see `adoptBuffer`.
   */
  lendBuffer(ref: BufferRef): BufferRange {
    const slot = this.#buffers.get(ref);
    slot.shared ??= "lent";
    this.submit();
    return { buffer: slot.buffer as GivenBuffer, offset: ref.offset, size: ref.bytes };
  }

  /** Releases a buffer. Error when it was released before. */
  release(ref: BufferRef): void {
    const slot = this.#buffers.get(ref);
    if (slot.shared !== undefined && this.#touched.has(slot.id)) this.submit();
    this.onCommand?.({ kind: "free", buffer: ref });
    this.#buffers.release(ref);
  }

  /** Destroys free pooled buffers and all texture copies. */
  trim(): void {
    this.#buffers.trim();
  }

  /**
   * Writes `values` at the start of `ref`, after everything recorded so far; the bytes behind them
   * keep their values. RangeError for more bytes than `ref` has.
   */
  upload(ref: BufferRef, values: ArrayBufferView): void {
    if (values.byteLength > ref.bytes || values.byteLength % 4 !== 0) {
      throw new RangeError(`upload: expected a multiple of 4 bytes up to ${ref.bytes}, got ${values.byteLength}`);
    }
    const slot = this.#buffers.get(ref);
    if (this.#touched.has(slot.id)) this.submit();
    this.#buffers.copies.invalidate(slot);
    this.onCommand?.({ kind: "upload", buffer: ref, values });
    // A view of shared memory crashes Dawn in Node, so every upload hands over plain memory.
    const plain =
      values.buffer instanceof ArrayBuffer
        ? new Uint8Array(values.buffer, values.byteOffset, values.byteLength)
        : Uint8Array.from(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
    this.#device.queue.writeBuffer(slot.buffer, ref.offset, plain);
  }

  /** Records one run of a kernel. RangeError for a grid beyond the device's limits. */
  dispatch<K extends Kernel>(dispatch: Dispatch<K>): void;
  dispatch({ op, kernel, constants = {}, buffers, params, workgroups, specialised = [] }: Dispatch): void {
    const { copies } = this.#buffers;
    const limit = this.device.limits.maxComputeWorkgroupsPerDimension;
    if (!workgroups.every((n) => Number.isInteger(n) && n >= 1 && n <= limit)) {
      throw new RangeError(
        `${op}: expected 1 to ${limit} workgroups of \`${kernel.name}\` on each axis, got [${workgroups.join(", ")}]`,
      );
    }
    const bindings = Object.entries(kernel.buffers).map(([name, access]) => {
      const ref = buffers[name];
      if (ref === undefined) throw new Error(`${op}: \`${kernel.name}\` misses buffer \`${name}\``);
      const slot = this.#buffers.get(ref);
      const written = access === "read_write";
      if (slot.shared !== undefined) copies.invalidate(slot); // the caller may have written it
      return { ref, slot, written, copy: kernel.textures.includes(name) ? copies.get(op, slot, ref) : undefined };
    });
    if (this.#uniforms.full) this.submit();
    const known = this.#pipelines.made;
    const pipeline = this.#pipelines.get({ op, kernel, constants, params, specialised });
    const offset = this.#uniforms.add(op, kernel, params);
    const bindGroup = this.#pipelines.bindGroup(op, pipeline, this.#uniforms.buffer, bindings);
    const { code } = pipeline;
    this.onCommand?.({ kind: "dispatch", op, kernel, code, constants, buffers, params, specialised, workgroups });
    const pass = this.#passFor(op, bindings);
    pass.setPipeline(pipeline.pipeline);
    pass.setBindGroup(0, bindGroup, [offset]);
    pass.dispatchWorkgroups(...workgroups);
    this.#ops.add(op);
    for (const { slot, written } of bindings) {
      this.#touched.add(slot.id);
      if (written) copies.invalidate(slot);
    }
    const made = this.#pipelines.made > known;
    if (!made && bindings.some(({ slot }) => slot.shared !== undefined)) this.submit();
    if (made) {
      this.submit(); // the driver compiles this one while Dawn prepares the next
      this.onPipeline?.({ op, kernel: kernel.name, made: this.#pipelines.made });
    }
  }

  /**
   * The open pass; a new one where buffers must first be copied into the textures that the kernel
   * reads. A timed dispatch always gets a new pass, and its time includes the copies.
   */
  #passFor(op: string, bindings: readonly Binding[]): GPUComputePassEncoder {
    const times = this.#timer?.next() as Record<keyof Stamps, GPUComputePassTimestampWrites> | undefined;
    const copied = bindings.some(({ copy, ref }) => copy !== undefined && copy.validBytes < ref.bytes);
    if (this.#pass !== undefined && times === undefined && !copied) return this.#pass;
    const encoder = this.#outsidePass(op);
    if (copied && times !== undefined) encoder.beginComputePass({ label: op, timestampWrites: times.begin }).end();
    for (const { copy, ref, slot } of bindings) {
      if (copy !== undefined) this.#buffers.copies.fill(encoder, copy, ref, slot);
    }
    const timestampWrites = copied ? times?.end : times?.both;
    this.#pass = encoder.beginComputePass({ label: op, ...(timestampWrites && { timestampWrites }) });
    return this.#pass;
  }

  /** The encoder, ready for a copy. */
  #outsidePass(label: string): GPUCommandEncoder {
    this.#pass?.end();
    this.#pass = undefined;
    this.#encoder ??= this.#device.createCommandEncoder({ label });
    return this.#encoder;
  }

  /**
   * Records a copy of all of `from` to the start of `to`, a range of another buffer. RangeError for
   * more bytes than `to` has.
   */
  copy(op: string, from: BufferRef, to: BufferRef): void {
    if (from.bytes > to.bytes) {
      throw new RangeError(`${op}: expected at most ${to.bytes} bytes to copy, got ${from.bytes}`);
    }
    const [source, target] = [this.#buffers.get(from), this.#buffers.get(to)];
    if (source === target) throw new RangeError(`${op}: expected a copy to another buffer, got one within #${to.id}`);
    this.onCommand?.({ kind: "copy", op, from, to });
    this.#outsidePass(op).copyBufferToBuffer(source.buffer, from.offset, target.buffer, to.offset, from.bytes);
    this.#ops.add(op);
    this.#touched.add(source.id).add(target.id);
    this.#buffers.copies.invalidate(target);
    if (source.shared !== undefined || target.shared !== undefined) this.submit();
  }

  /**
   * Hands what was recorded to the device. Throws the first error that the device has reported so
   * far.
   */
  submit(): void {
    const encoder = this.#encoder;
    if (encoder !== undefined) {
      this.#pass?.end();
      this.#pass = undefined;
      const read = this.#timer?.resolve(encoder);
      this.onCommand?.({ kind: "submit", ...(read && { times: () => this.#explained("timing", read) }) });
      this.#uniforms.flush();
      this.#device.queue.submit([encoder.finish()]);
      this.#lastOps = [...this.#ops];
      this.#encoder = undefined;
      this.#touched = new Set();
      this.#ops = new Set();
    }
    this.#check();
  }

  /** Submits, waits, and returns the bytes of `ref`. Throws when anything failed on the way. */
  async download(ref: BufferRef): Promise<ArrayBuffer> {
    if (this.onCommand === undefined) return this.#download(ref);
    let start: (values: Promise<ArrayBuffer>) => void = () => undefined;
    const values = new Promise<ArrayBuffer>((resolve) => {
      start = resolve;
    });
    values.catch(() => undefined); // the caller's promise rejects as well
    this.onCommand({ kind: "download", buffer: ref, values });
    start(this.#download(ref));
    return values;
  }

  async #download(ref: BufferRef): Promise<ArrayBuffer> {
    const read = this.#copyOut("download", ref);
    this.submit();
    return read();
  }

  /**
   * Records a copy of `ref` with the values that it has at this point; the result, to be called
   * once after a submission, reads them. `onCommand` is not called. For records of what is
   * computed: it changes nothing but the time that the work takes.
   */
  capture(ref: BufferRef): () => Promise<ArrayBuffer> {
    return this.#copyOut("capture", ref);
  }

  #copyOut(label: string, ref: BufferRef): () => Promise<ArrayBuffer> {
    const { id, buffer } = this.#buffers.get(ref);
    const staging = this.#device.createBuffer({ label, size: ref.bytes, usage: 0x1 | 0x8 });
    this.#outsidePass(label).copyBufferToBuffer(buffer, ref.offset, staging, 0, ref.bytes);
    this.#touched.add(id); // an upload must not overtake it
    return async () => {
      try {
        return await this.#explained(label, async () => {
          await this.#wait(staging.mapAsync(1));
          this.#check();
          return staging.getMappedRange().slice(0); // throws where the device was lost meanwhile
        });
      } finally {
        staging.destroy();
      }
    };
  }

  /**
   * Lets other tasks run between two steps of long work, then throws the reason of an aborted
   * signal: see `GpuOptions.pause`.
   */
  async pause(signal?: Signal): Promise<void> {
    await this.#pause();
    throwIfAborted(signal);
  }

  /** Submits and waits until the device is idle. */
  async done(): Promise<void> {
    this.submit();
    await this.#explained("waiting", () => this.#wait(this.#device.queue.onSubmittedWorkDone()));
    this.#check();
  }

  /** Waits for the device, then destroys it. */
  async dispose(): Promise<void> {
    if (this.#closed) return;
    try {
      await this.done();
    } finally {
      this.#closed = true;
      this.device.destroy();
    }
  }

  /** As `dispose`, for `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.dispose();
  }

  /**
   * The result of `work`. Its error tells what failed: it is the device's own where there is one,
   * since Dawn rejects with an empty message.
   */
  async #explained<T>(what: string, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      // Firefox tells of a loss after the errors that it makes.
      await this.#news();
      this.#check();
      const message = oneLine(error instanceof Error ? error.message : String(error));
      throw new Error(`gpu: ${what} failed: ${message || "the device gave no reason"}`, { cause: error });
    }
  }

  /**
   * Waits until a loss of the device is known: browsers tell of it when they look at it by
   * themselves, so they are not nudged here.
   */
  async #news(): Promise<void> {
    for (let looks = 0; looks < 2; looks++) {
      const look = this.#device.queue.onSubmittedWorkDone().catch(() => undefined);
      await Promise.race([this.#device.lost, look]);
    }
  }

  /**
   * Keeps the first error. Only the loss of the device replaces it, since it explains earlier
   * errors. The error is one line; all that the driver said of it is its cause.
   */
  #fail(message: string, Kind: new (message: string, options?: ErrorOptions) => Error = Error): void {
    if (this.#error instanceof DeviceLostError || (this.#error !== undefined && Kind === Error)) return;
    const ops = this.#lastOps.length === 0 ? [...this.#ops] : this.#lastOps;
    this.#error = new Kind(`gpu: ${oneLine(message)}; last submitted ops: ${ops.join(", ") || "none"}`, {
      cause: new Error(message.trim()),
    });
  }

  #check(): void {
    if (this.#closed) throw new Error("gpu: expected a queue in use, got one that was disposed of; open another");
    if (this.#error !== undefined) throw this.#error;
  }
}

/** `made` pipelines exist so far; the last one is for `kernel` and was first needed by `op`. */
export interface PipelineProgress {
  readonly op: string;
  readonly kernel: string;
  readonly made: number;
}
