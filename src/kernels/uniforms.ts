import type { Kernel } from "./kernel.ts";
import { checkNumber } from "./numbers.ts";

/** Greatest number of dispatches in one submission: the number of params that the buffer holds. */
export const MOST_DISPATCHES = 512;
const BYTES = 256 * MOST_DISPATCHES;

/**
 * The params of all dispatches of one submission, one after another in one buffer; a dynamic offset
 * selects those of a dispatch.
 */
export class Uniforms {
  readonly buffer: GPUBuffer;
  readonly #device: GPUDevice;
  readonly #values = new DataView(new ArrayBuffer(BYTES));
  readonly #alignment: number;
  #used = 0;

  constructor(device: GPUDevice) {
    this.#device = device;
    this.#alignment = Math.max(256, device.limits.minUniformBufferOffsetAlignment);
    this.buffer = device.createBuffer({ label: "uniforms", size: BYTES, usage: 0x40 | 0x8 });
  }

  /** Whether another dispatch must wait for the next submission. */
  get full(): boolean {
    return this.#used + this.#alignment > BYTES;
  }

  /**
   * Adds one number per field of the kernel's `Params`, and returns their offset in bytes. Error
   * for a missing param, TypeError for one that is no number, RangeError for a value that its type
   * cannot hold.
   */
  add(op: string, kernel: Kernel, params: Readonly<Record<string, number>>): number {
    const offset = this.#used;
    let field = offset;
    for (const [name, type] of Object.entries(kernel.params)) {
      const value = params[name];
      if (value === undefined) throw new Error(`${op}: \`${kernel.name}\` misses param \`${name}\``);
      checkNumber(op, name, value);
      if (type === "f32") this.#values.setFloat32(field, value, true);
      else if (value === (type === "i32" ? value | 0 : value >>> 0)) this.#values.setUint32(field, value, true);
      else throw new RangeError(`${op}: expected param \`${name}\` of \`${kernel.name}\` as ${type}, got ${value}`);
      field += 4;
    }
    this.#used += this.#alignment;
    return offset;
  }

  /**
   * Writes what was added since the last time to the device, ahead of the submission that reads it.
   */
  flush(): void {
    if (this.#used > 0) this.#device.queue.writeBuffer(this.buffer, 0, this.#values.buffer, 0, this.#used);
    this.#used = 0;
  }
}
