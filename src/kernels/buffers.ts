import { nextPowerOfTwo } from "../math/float64.ts";
import type { BufferRef } from "./command.ts";
import type { Alive, Memory } from "./device.ts";
import { type Slot, TextureCopies } from "./textureCopies.ts";
import { callerLine } from "./trace.ts";

// WebGPU's usage bits by value, so that Node needs none of its globals.
const STORAGE = 0x80;
const COPY_SRC = 0x4;
const COPY_DST = 0x8;
const USAGE = STORAGE | COPY_SRC | COPY_DST;

export interface BufferEvents {
  /** Called before anything is destroyed, so that recorded work that uses it can be submitted. */
  onTrim(): void;
  /** Called when a buffer or a texture copy is destroyed. */
  onDestroy(gone: { readonly id: number }): void;
}

/** A buffer in use. */
interface Live {
  readonly slot: Slot;
  readonly op: string;
  readonly madeAt: string | undefined;
}

/** How a caller limits and watches the memory. */
interface Limits {
  readonly byteLimit: number;
  /** Whether each allocation is traced to its caller. */
  readonly trace: boolean;
}

/**
 * Storage buffers of one device: allocated, reused and counted. Freed buffers wait in a pool by
 * size. The oldest of a size is reused first, so that equal training steps get equal buffers, and
 * with them equal bind groups. Sizes are rounded up to eighths of a power of two, at least 256
 * bytes. References are never reused, so that a freed one is recognised. An allocation beyond
 * `byteLimit` first destroys the buffers in the pool, then throws an error that names the op: a
 * software adapter does not report that memory ran out; the operating system kills the process.
 */
export class Buffers {
  readonly #device: GPUDevice;
  readonly #byteLimit: number;
  readonly #trace: boolean;
  readonly #events: BufferEvents;
  /** Texture copies of those buffers that kernels read as textures. */
  readonly copies: TextureCopies;
  readonly #live = new Map<number, Live>();
  readonly #free = new Map<number, Slot[]>();
  #slots = 0;
  #references = 0;
  #inUse = 0;
  #peak = 0;
  #reserved = 0;

  constructor(device: GPUDevice, { byteLimit, trace }: Limits, events: BufferEvents) {
    if (!(byteLimit > 0)) throw new RangeError(`gpu: expected \`byteLimit\` above 0, got ${byteLimit}`);
    this.#device = device;
    this.#byteLimit = byteLimit;
    this.#trace = trace;
    this.#events = events;
    const reserve = (op: string, bytes: number): void => this.#reserve(op, bytes, () => this.#trimFree());
    this.copies = new TextureCopies(device, reserve, events.onDestroy);
  }

  /** `shapeOf` gives the shape of the tensor in a buffer, by the reference's id. */
  memory(shapeOf: (id: number) => readonly number[] | undefined): Memory {
    const groups = new Map<string, Alive>();
    for (const [id, { slot, op, madeAt }] of this.#live) {
      if (slot.shared === "adopted") continue; // the caller's
      const shape = shapeOf(id);
      const key = `${op} ${shape} ${madeAt}`;
      const { count, bytes } = groups.get(key) ?? { count: 0, bytes: 0 };
      groups.set(key, { op, shape, count: count + 1, bytes: bytes + slot.buffer.size, madeAt });
    }
    const alive = [...groups.values()].sort((a, b) => b.bytes - a.bytes);
    return { inUse: this.#inUse, peak: this.#peak, reserved: this.#reserved, alive };
  }

  /**
   * A buffer of at least `bytes` with undefined contents. RangeError beyond the device's or the
   * caller's limit.
   */
  allocate(op: string, bytes: number): BufferRef {
    const binding = this.#device.limits.maxStorageBufferBindingSize;
    if (bytes > binding) {
      throw new RangeError(
        `${op}: expected at most ${binding} bytes in one tensor on this adapter, got ${bytes}; split it`,
      );
    }
    const size = roundUp(bytes);
    let slot = this.#free.get(size)?.pop();
    if (slot === undefined) {
      this.#reserve(op, size, () => this.trim());
      slot = { id: this.#slots++, buffer: this.#device.createBuffer({ label: op, size, usage: USAGE }) };
    }
    const id = this.#references++;
    this.#live.set(id, { slot, op, madeAt: this.#trace ? callerLine() : undefined });
    this.#inUse += size;
    this.#peak = Math.max(this.#peak, this.#inUse);
    return { id, offset: 0, bytes };
  }

  /**
   * Reserves `size` bytes; where they exceed the limit, it calls `makeRoom` first. RangeError where
   * they still exceed it.
   */
  #reserve(op: string, size: number, makeRoom: () => void): void {
    if (this.#reserved + size > this.#byteLimit) makeRoom();
    if (this.#reserved + size > this.#byteLimit) {
      throw new RangeError(
        `${op}: expected at most ${this.#byteLimit} bytes on the device, got ${this.#inUse} in use and ${size} more; ` +
          "use a smaller batch or raise `byteLimit`",
      );
    }
    this.#reserved += size;
  }

  /**
   * The buffer of a live reference. Error for a reference that was freed; RangeError for a range
   * that cannot be bound or that ends beyond the buffer.
   */
  get({ id, offset, bytes }: BufferRef): Slot {
    const slot = this.#live.get(id)?.slot;
    if (typeof id !== "number") throw new TypeError("buffer: expected what `x.buffer` of a tensor x is, got another");
    if (slot === undefined) throw new Error(`buffer #${id}: used after it was freed`);
    if (!(offset >= 0 && offset % 256 === 0 && bytes % 4 === 0 && offset + bytes <= slot.buffer.size)) {
      throw new RangeError(
        `buffer #${id}: expected a multiple of 4 bytes from a multiple of 256 on, within ${slot.buffer.size}, ` +
          `got ${bytes} from ${offset} on`,
      );
    }
    return slot;
  }

  /**
   * A reference to `bytes` of the caller's buffer from `offset` on. It is neither counted, nor
   * destroyed, nor reused for anything else. RangeError for a buffer that kernels cannot use.
   */
  adopt(op: string, given: GPUBuffer, { offset, bytes }: Omit<BufferRef, "id">): BufferRef {
    const { usage, size } = given;
    if ((usage & USAGE) !== USAGE) {
      throw new RangeError(
        `${op}: expected a buffer with the usages STORAGE, COPY_SRC and COPY_DST, got usage ${usage}; create it with them`,
      );
    }
    const needed = Math.max(16, Math.ceil(bytes / 16) * 16);
    if (!(offset >= 0 && offset % 256 === 0 && offset + needed <= size)) {
      throw new RangeError(
        `${op}: expected ${needed} bytes from a multiple of 256 on, within the buffer's ${size}, got them from ${offset} on; ` +
          "round the buffer's size up to a multiple of 16",
      );
    }
    const id = this.#references++;
    this.#live.set(id, { slot: { id: this.#slots++, buffer: given, shared: "adopted" }, op, madeAt: undefined });
    return { id, offset, bytes };
  }

  release(ref: BufferRef): void {
    const slot = this.get(ref);
    this.#live.delete(ref.id);
    if (slot.shared !== undefined) this.#letGo(slot);
    else this.#toPool(slot);
  }

  /** A buffer that the caller has as well is never used for another tensor. */
  #letGo(slot: Slot): void {
    this.#reserved -= this.copies.destroy(slot);
    this.#events.onDestroy(slot);
    if (slot.shared === "adopted") return;
    this.#inUse -= slot.buffer.size;
    this.#reserved -= slot.buffer.size;
    slot.buffer.destroy();
  }

  #toPool(slot: Slot): void {
    this.#inUse -= slot.buffer.size;
    const pool = this.#free.get(slot.buffer.size) ?? [];
    let at = pool.length; // kept in descending order of ids, so that `pop` gives the oldest
    while (at > 0 && (pool[at - 1] as Slot).id < slot.id) at--;
    pool.splice(at, 0, slot);
    this.#free.set(slot.buffer.size, pool);
  }

  /** Destroys the pool's free buffers and all texture copies. */
  trim(): void {
    this.#trimFree();
    this.#reserved -= this.copies.destroy();
  }

  #trimFree(): void {
    this.#events.onTrim();
    for (const pool of this.#free.values()) {
      for (const slot of pool) {
        this.#reserved -= slot.buffer.size + this.copies.destroy(slot);
        this.#events.onDestroy(slot);
        slot.buffer.destroy();
      }
    }
    this.#free.clear();
  }
}

function roundUp(bytes: number): number {
  const step = Math.max(256, nextPowerOfTwo(bytes) / 16);
  return Math.max(1, Math.ceil(bytes / step)) * step;
}
