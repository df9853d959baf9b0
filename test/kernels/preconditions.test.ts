// What callers of a Gpu might get wrong without a word from the device is refused by name.
import * as assert from "uvu/assert";
import type { Command } from "../../src/kernels/command.ts";
import { Gpu } from "../../src/kernels/gpu.ts";
import { elementwise, im2col } from "../../src/kernels/shaders.generated.ts";
import { TextureCopies } from "../../src/kernels/textureCopies.ts";
import { plainDevice } from "../support/device.ts";
import { describe } from "../support/suite.ts";
import { throws } from "../support/throws.ts";

const device = await plainDevice([], "null");
const told: Command[] = [];
const gpu = new Gpu(device, { onCommand: (command) => void told.push(command) });
const x = gpu.allocate("x", 1024);
const y = gpu.allocate("y", 1024);

describe("preconditions of a Gpu", {
  "buffers are whole 32-bit values"() {
    for (const bytes of [6, -4, 2.5, Number.NaN]) {
      throws(() => gpu.allocate("odd", bytes), `odd: expected a multiple of 4 bytes to allocate, got ${bytes}`);
    }
  },

  "parts of buffers begin where bindings may, and end within them"() {
    const where = "expected a multiple of 4 bytes from a multiple of 256 on, within 1024, got";
    for (const [offset, bytes] of [
      [128, 4],
      [256, 6],
      [256, 1024],
      [-256, 4],
      [Number.NaN, 4],
    ] as const) {
      const part = { ...x, offset, bytes };
      const message = `${where} ${bytes} from ${offset} on`;
      throws(() => gpu.upload(part, new Uint32Array(1)), message);
      throws(() => gpu.capture(part), message);
      throws(
        () => gpu.copy("copy", { ...part, bytes: Math.min(bytes, 1024) }, y),
        "expected a multiple of 4 bytes from",
      );
    }
    gpu.upload({ ...x, offset: 768, bytes: 256 }, new Uint32Array(64));
  },

  "copies go to other buffers"() {
    const part = { ...x, offset: 256, bytes: 256 };
    throws(
      () => gpu.copy("move", part, { ...x, offset: 0 }),
      "move: expected a copy to another buffer, got one within #0",
    );
    throws(() => gpu.copy("long", x, part), "long: expected at most 256 bytes to copy, got 1024");
  },

  "params fit their types"() {
    const buffers = { a: x, b: x, y };
    const params = { vectors: 1, chunk: 64, alpha: 0.5, beta: Number.NaN };
    const run = (changed: Partial<typeof params>) =>
      gpu.dispatch({
        op: "op",
        kernel: elementwise,
        buffers,
        params: { ...params, ...changed },
        workgroups: [1, 1, 1],
      });
    run({});
    run({ vectors: 2 ** 32 - 1 });
    for (const vectors of [-1, 0.5, 2 ** 32, Number.NaN]) {
      throws(() => run({ vectors }), `op: expected param \`vectors\` of \`elementwise\` as u32, got ${vectors}`);
    }
    const signed = Object.fromEntries(Object.keys(im2col.params).map((name) => [name, -1]));
    const place = (padY: number) =>
      gpu.dispatch({
        op: "op",
        kernel: im2col,
        buffers: { x, y },
        params: { ...signed, padY } as Record<keyof typeof im2col.params, number>,
        workgroups: [1, 1, 1],
      });
    place(-(2 ** 31));
    for (const padY of [2 ** 31, 1.5]) {
      throws(() => place(padY), `op: expected param \`padY\` of \`im2col\` as i32, got ${padY}`);
    }
  },

  "what is read as a texture fits into one"() {
    const tiny = { limits: { maxTextureDimension2D: 3 } } as GPUDevice;
    const reserved: number[] = [];
    const copies = new TextureCopies(
      tiny,
      (_op, bytes) => void reserved.push(bytes),
      () => undefined,
    );
    const slot = { id: 0, buffer: { size: 4 * 16_384 } as GPUBuffer };
    throws(
      () => copies.get("big", slot, x),
      "big: expected at most 49152 bytes in a buffer that is read as a texture on this adapter, got 65536",
    );
    assert.equal(reserved, []);
  },

  "what is refused is not told to the hook"() {
    const spare = gpu.allocate("spare", 4);
    gpu.release(spare);
    told.length = 0;
    throws(() => gpu.release(spare), "used after it was freed");
    throws(() => gpu.copy("move", x, x), "expected a copy to another buffer");
    throws(() => gpu.upload({ ...x, offset: 4, bytes: 4 }, new Uint32Array(1)), "expected a multiple of 4 bytes from");
    throws(() => gpu.allocate("odd", 3), "expected a multiple of 4 bytes to allocate");
    assert.equal(told, []);
  },
});
