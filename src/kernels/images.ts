import type { Slot } from "./buffers.ts";
import type { BufferRef } from "./command.ts";

// WebGPU's usage bits by value, so that Node needs none of its globals.
const [COPY_DST, STORAGE_BINDING] = [0x2, 0x8];

export const IMAGE_FORMAT = "rgba32float";
const TEXEL_BYTES = 16;
/** Texels of a row, as shaders/include/texel.wgsl says. */
const WIDTH = 1024;
const ROW_BYTES = WIDTH * TEXEL_BYTES;

/** An image that holds a copy of the buffer that was read last. */
export interface Image {
  /** Below 0, so that no buffer has it. */
  readonly id: number;
  readonly view: GPUTextureView;
  readonly rows: number;
  readonly texture: GPUTexture;
}

/**
 * One image for each binding, which takes in turn what kernels read there and grows to the largest. Commands run in order, so
 * that one is enough; it lies row by row as the buffer does.
 */
export class Images {
  readonly #device: GPUDevice;
  readonly #onDestroy: (image: Image) => void;
  readonly #images = new Map<number, Image>();
  #nextId = -1;
  #bytes = 0;

  constructor(device: GPUDevice, onDestroy: (image: Image) => void) {
    this.#device = device;
    this.#onDestroy = onDestroy;
  }

  /** Bytes that all images take. */
  get bytes(): number {
    return this.#bytes;
  }

  /** The image for `bytes` bytes at a binding; `replace` is called before a smaller one goes, to submit what uses it. */
  get(op: string, binding: number, bytes: number, replace: () => void): Image {
    const known = this.#images.get(binding);
    const rows = Math.ceil(bytes / ROW_BYTES);
    if (known !== undefined && known.rows >= rows) return known;
    if (known !== undefined) {
      replace();
      this.#destroy(known);
    }
    const usage = COPY_DST | STORAGE_BINDING;
    const texture = this.#device.createTexture({ label: op, size: [WIDTH, rows], format: IMAGE_FORMAT, usage });
    const image = { id: this.#nextId--, view: texture.createView(), rows, texture };
    this.#images.set(binding, image);
    this.#bytes += rows * ROW_BYTES;
    return image;
  }

  /** Records the copy of `ref`, whole texels of it, or whole rows where its buffer is so long: one command, not two. */
  fill(encoder: GPUCommandEncoder, { texture }: Image, ref: BufferRef, { buffer }: Slot): void {
    const texels = Math.ceil(ref.bytes / TEXEL_BYTES);
    const rows = Math.min(Math.ceil(texels / WIDTH), Math.floor((buffer.size - ref.offset) / ROW_BYTES));
    const source = { buffer, offset: ref.offset, bytesPerRow: ROW_BYTES };
    if (rows > 0) encoder.copyBufferToTexture(source, { texture }, [WIDTH, rows]);
    if (texels <= rows * WIDTH) return;
    const rest = { buffer, offset: ref.offset + rows * ROW_BYTES, bytesPerRow: ROW_BYTES };
    encoder.copyBufferToTexture(rest, { texture, origin: [0, rows] }, [texels - rows * WIDTH, 1]);
  }

  /** Destroys all images. */
  trim(): void {
    for (const image of this.#images.values()) this.#destroy(image);
    this.#images.clear();
  }

  #destroy(image: Image): void {
    this.#bytes -= image.rows * ROW_BYTES;
    this.#onDestroy(image);
    image.texture.destroy();
  }
}
