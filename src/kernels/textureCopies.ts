import type { BufferRef } from "./command.ts";

// WebGPU's usage bits by value, so that Node needs none of its globals.
const [COPY_DST, STORAGE_BINDING] = [0x2, 0x8];

export const TEXTURE_FORMAT = "rgba32float";
const TEXEL_BYTES = 16;
/** Texels of a row that hold values: the same number as in shaders/include/texel.wgsl. */
const WIDTH = 1024;
const ROW_BYTES = WIDTH * TEXEL_BYTES;
/**
 * Unused texels after each row. They fill a cache line, so that addresses a power of two apart do
 * not compete for the same few lines of a CPU's cache.
 */
const GAP = 4;

/** A texture with a copy of a buffer from an offset on, row by row in the order of the buffer. */
export interface TextureCopy {
  /** Negative, so that it differs from the id of every buffer. */
  readonly id: number;
  readonly offset: number;
  readonly view: GPUTextureView;
  readonly texture: GPUTexture;
  readonly size: number;
  /**
   * How many bytes from the offset on equal those of the buffer; 0 after the buffer was written.
   */
  validBytes: number;
}

/**
 * The texture copies that kernels read instead of buffers. Each lives as long as its buffer, and is
 * filled again before its next use after the buffer was written.
 */
export class TextureCopies {
  readonly #device: GPUDevice;
  readonly #reserve: (op: string, bytes: number) => void;
  readonly #onDestroy: (copy: TextureCopy) => void;
  readonly #copies = new Map<number, TextureCopy[]>(); // by the slot's id
  #nextId = -1;

  /** `reserve` is called for the bytes of a new copy, and throws where there is no room. */
  constructor(device: GPUDevice, reserve: (op: string, bytes: number) => void, onDestroy: (copy: TextureCopy) => void) {
    this.#device = device;
    this.#reserve = reserve;
    this.#onDestroy = onDestroy;
  }

  get(op: string, { id, buffer }: Slot, { offset }: BufferRef): TextureCopy {
    const copies = this.#copies.get(id) ?? [];
    const known = copies.find((copy) => copy.offset === offset);
    if (known !== undefined) return known;
    const rows = Math.ceil((buffer.size - offset) / ROW_BYTES);
    const most = this.#device.limits.maxTextureDimension2D;
    if (rows > most) {
      throw new RangeError(
        `${op}: expected at most ${most * ROW_BYTES} bytes in a buffer that is read as a texture on this adapter, ` +
          `got ${buffer.size - offset}; split it, or use the family \`portable\``,
      );
    }
    const size = rows * (WIDTH + GAP) * TEXEL_BYTES;
    this.#reserve(op, size);
    const usage = COPY_DST | STORAGE_BINDING;
    const texture = this.#device.createTexture({ label: op, size: [WIDTH + GAP, rows], format: TEXTURE_FORMAT, usage });
    const view = texture.createView();
    const copy = { id: this.#nextId--, offset, view, texture, size, validBytes: 0 };
    this.#copies.set(id, [...copies, copy]);
    return copy;
  }

  /**
   * Records a copy of `ref` into the texture, unless its bytes are valid. Whole rows are copied as
   * far as the buffer has them, which is one command; a shorter last row takes a second one.
   */
  fill(encoder: GPUCommandEncoder, copy: TextureCopy, ref: BufferRef, { buffer }: Slot): void {
    if (copy.validBytes >= ref.bytes) return;
    const { texture } = copy;
    copy.validBytes = ref.bytes;
    const texels = Math.ceil(ref.bytes / TEXEL_BYTES);
    const rows = Math.min(Math.ceil(texels / WIDTH), Math.floor((buffer.size - ref.offset) / ROW_BYTES));
    const source = { buffer, offset: ref.offset, bytesPerRow: ROW_BYTES };
    if (rows > 0) encoder.copyBufferToTexture(source, { texture }, [WIDTH, rows]);
    if (texels <= rows * WIDTH) return;
    const rest = { buffer, offset: ref.offset + rows * ROW_BYTES, bytesPerRow: ROW_BYTES };
    encoder.copyBufferToTexture(rest, { texture, origin: [0, rows] }, [texels - rows * WIDTH, 1]);
  }

  /** Marks the copies of a buffer as outdated. To be called when the buffer is written. */
  invalidate({ id }: Slot): void {
    for (const copy of this.#copies.get(id) ?? []) copy.validBytes = 0;
  }

  /**
   * Destroys the copies of a buffer, or all copies without an argument. Returns their size in
   * bytes.
   */
  destroy(slot?: Slot): number {
    let bytes = 0;
    for (const id of slot === undefined ? [...this.#copies.keys()] : [slot.id]) {
      for (const copy of this.#copies.get(id) ?? []) {
        bytes += copy.size;
        this.#onDestroy(copy);
        copy.texture.destroy();
      }
      this.#copies.delete(id);
    }
    return bytes;
  }
}

/** A GPU buffer that lives on while references to it come and go. */
export interface Slot {
  readonly id: number;
  readonly buffer: GPUBuffer;
  /** Who else may write it: nobody, or the caller, who lent it to us or has borrowed it. */
  shared?: "adopted" | "lent";
}
