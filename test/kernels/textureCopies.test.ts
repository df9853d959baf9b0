import { readFileSync } from "node:fs";
import * as fc from "fast-check";
import * as assert from "uvu/assert";
import { openGpu } from "../../src/adapter/openGpu.ts";
import type { BufferRef } from "../../src/kernels/command.ts";
import type { Gpu } from "../../src/kernels/gpu.ts";
import type { Kernel } from "../../src/kernels/kernel.ts";
import { describe } from "../support/suite.ts";
import { throws } from "../support/throws.ts";

const texel = readFileSync(new URL("../../../shaders/include/texel.wgsl", import.meta.url), "utf8");

/** y[i] = x[i] for `count` vec4s, read through a texture. */
const READER: Kernel = {
  name: "reader",
  constants: {},
  params: { count: "u32" },
  buffers: { x: "read", y: "read_write" },
  textures: ["x"],
  dtypes: { x: "f32", y: "f32" },
  flops: () => 0,
  code: `struct Params { count: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var x: texture_storage_2d<rgba32float, read>;
@group(0) @binding(2) var<storage, read_write> y: array<vec4f>;
${texel}
@compute @workgroup_size(64) fn main(@builtin(global_invocation_id) id: vec3u) {
  if id.x < params.count { y[id.x] = textureLoad(x, texel(i32(id.x))); }
}`,
};

/** What a kernel finds in the texture copy of `values`. */
async function throughTexture(gpu: Gpu, values: Uint32Array): Promise<Uint32Array> {
  const [x, y] = [gpu.allocate("test", values.byteLength), gpu.allocate("test", values.byteLength)];
  gpu.upload(x, values);
  const count = Math.ceil(values.length / 4);
  gpu.dispatch({
    op: "test",
    kernel: READER,
    buffers: { x, y },
    params: { count },
    workgroups: [Math.ceil(count / 64), 1, 1],
  });
  const found = new Uint32Array(await gpu.download(y));
  gpu.release(x);
  gpu.release(y);
  return found;
}

describe("texture copies", {
  async "hold the buffer's bits, at any length (30 lengths up to 40,000, seed 1)"() {
    const gpu = await openGpu();
    const lengths = fc.oneof(fc.integer({ min: 1, max: 40_000 }), fc.constantFrom(4096, 4100, 8192, 4095, 16_384));
    await fc.assert(
      fc.asyncProperty(lengths, async (length) => {
        // Infinities, NaNs and numbers below 2^-126 are among these bits.
        const values = Uint32Array.from({ length }, (_, i) =>
          i % 7 === 0 ? 0x7fc00000 : Math.imul(i + 1, 0x9e3779b1),
        );
        assert.equal(await throughTexture(gpu, values), values);
      }),
      { numRuns: 30, seed: 1 },
    );
    await gpu.dispose();
  },

  async "are copied again when their buffer was written, by whatever way, and only then"() {
    const gpu = await openGpu();
    const encoders: GPUCommandEncoder = Object.getPrototypeOf((gpu.device as GPUDevice).createCommandEncoder());
    const { copyBufferToTexture } = encoders;
    let copies = 0;
    encoders.copyBufferToTexture = function (...args) {
      copies++;
      copyBufferToTexture.apply(this, args);
    };
    const length = 40_000;
    const [x, y, other] = [0, 1, 2].map(() => gpu.allocate("test", 4 * length)) as [BufferRef, BufferRef, BufferRef];
    const read = async (from: BufferRef, value: number): Promise<number> => {
      copies = 0;
      gpu.dispatch({
        op: "test",
        kernel: READER,
        buffers: { x: from, y },
        params: { count: length / 4 },
        workgroups: [Math.ceil(length / 256), 1, 1],
      });
      assert.ok(new Float32Array(await gpu.download(y)).every((found) => found === value));
      return copies;
    };
    gpu.upload(x, new Float32Array(length).fill(1));
    assert.is(await read(x, 1), 1);
    assert.is(await read(x, 1), 0);
    gpu.upload(x, new Float32Array(length).fill(2));
    assert.is(await read(x, 2), 1);
    gpu.upload(other, new Float32Array(length).fill(3));
    gpu.copy("test", other, x);
    assert.is(await read(x, 3), 1);
    assert.is(await read(y, 3), 1); // in place
    gpu.upload(other, new Float32Array(length).fill(4));
    gpu.dispatch({
      op: "test",
      kernel: READER,
      buffers: { x: other, y: x },
      params: { count: length / 4 },
      workgroups: [Math.ceil(length / 256), 1, 1],
    });
    assert.is(await read(x, 4), 1);
    encoders.copyBufferToTexture = copyBufferToTexture;
    await gpu.dispose();
  },

  async "of parts of one buffer are each its own"() {
    const gpu = await openGpu();
    const [x, y] = [gpu.allocate("test", 2048), gpu.allocate("test", 1024)];
    gpu.upload(
      x,
      Float32Array.from({ length: 512 }, (_, i) => i),
    );
    for (const offset of [0, 1024, 256, 1024]) {
      gpu.dispatch({
        op: "test",
        kernel: READER,
        buffers: { x: { ...x, offset, bytes: 1024 }, y },
        params: { count: 64 },
        workgroups: [1, 1, 1],
      });
      assert.equal(
        [...new Float32Array(await gpu.download(y))],
        Array.from({ length: 256 }, (_, i) => offset / 4 + i),
      );
    }
    await gpu.dispose();
  },

  async "counts a copy's bytes, rows of 16 KiB and a gap, and gives them back"() {
    const gpu = await openGpu();
    const { reserved } = gpu.memory();
    const x = gpu.allocate("test", 4 * 5000); // two rows
    const taken = gpu.memory().reserved;
    gpu.dispatch({ op: "test", kernel: READER, buffers: { x, y: x }, params: { count: 0 }, workgroups: [1, 1, 1] });
    assert.is(gpu.memory().reserved - taken, 2 * (16_384 + 64));
    gpu.release(x);
    gpu.trim();
    assert.is(gpu.memory().reserved, reserved);
    await gpu.dispose();
  },

  async "count for `byteLimit`, and go when a buffer needs the room"() {
    const gpu = await openGpu({ byteLimit: 1 << 20 });
    const [x, y] = [gpu.allocate("test", 300 << 10), gpu.allocate("test", 16)];
    const values = new Float32Array(75 << 10).fill(7);
    gpu.upload(x, values);
    // 640 KiB with the texture copy
    gpu.dispatch({ op: "test", kernel: READER, buffers: { x, y }, params: { count: 1 }, workgroups: [1, 1, 1] });
    gpu.release(gpu.allocate("test", 600 << 10)); // in its place
    throws(
      () =>
        gpu.dispatch({
          op: "big",
          kernel: READER,
          buffers: { x: gpu.allocate("test", 400 << 10), y },
          params: { count: 1 },
          workgroups: [1, 1, 1],
        }),
      "big: expected at most 1048576 bytes on the device",
    );
    assert.equal([...new Float32Array(await gpu.download(y))], [7, 7, 7, 7]);
    assert.ok(gpu.memory().reserved <= 1 << 20);
    await gpu.dispose();
  },
});
