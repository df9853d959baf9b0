import { readFileSync } from "node:fs";
import * as fc from "fast-check";
import * as assert from "uvu/assert";
import type { Gpu } from "../../src/kernels/gpu.ts";
import type { Kernel } from "../../src/kernels/kernel.ts";
import { openGpu } from "../../src/node.ts";
import { describe } from "../support/suite.ts";

const texel = readFileSync(new URL("../../../shaders/include/texel.wgsl", import.meta.url), "utf8");

/** y[i] = x[i] for `count` vec4s, read through an image. */
const READER: Kernel = {
  ...{ name: "reader", digest: "", constants: {}, params: { count: "u32" }, flops: () => 0 },
  ...{ buffers: { x: "read", y: "read_write" }, images: ["x"], dtypes: { x: "f32", y: "f32" } },
  code: `struct Params { count: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var x: texture_storage_2d<rgba32float, read>;
@group(0) @binding(2) var<storage, read_write> y: array<vec4f>;
${texel}
@compute @workgroup_size(64) fn main(@builtin(global_invocation_id) id: vec3u) {
  if id.x < params.count { y[id.x] = textureLoad(x, texel(i32(id.x))); }
}`,
};

/** What a kernel finds in the image of `values`. */
async function throughImage(gpu: Gpu, values: Uint32Array): Promise<Uint32Array> {
  const [x, y] = [gpu.allocate("test", values.byteLength), gpu.allocate("test", values.byteLength)];
  gpu.upload(x, values);
  const count = Math.ceil(values.length / 4);
  gpu.dispatch("test", READER, {}, { x, y }, { count }, [Math.ceil(count / 64), 1, 1]);
  const found = new Uint32Array(await gpu.download(y));
  gpu.free(x);
  gpu.free(y);
  return found;
}

describe("images", {
  async "hold the buffer's bits, at any length (30 lengths up to 40,000, seed 1)"() {
    const { gpu, close } = await openGpu();
    const lengths = fc.oneof(fc.integer({ min: 1, max: 40_000 }), fc.constantFrom(4096, 4100, 8192, 4095, 16_384));
    await fc.assert(
      fc.asyncProperty(lengths, async (length) => {
        // Infinities, NaNs and numbers below 2^-126 are among these bits.
        const values = Uint32Array.from({ length }, (_, i) =>
          i % 7 === 0 ? 0x7fc00000 : Math.imul(i + 1, 0x9e3779b1),
        );
        assert.equal(await throughImage(gpu, values), values);
      }),
      { numRuns: 30, seed: 1 },
    );
    await close();
  },

  async "each dispatch reads what its own buffer held then, also where the image had to grow between two"() {
    const { gpu, close } = await openGpu();
    const sizes = [4, 40_000, 8, 400_000];
    const refs = sizes.map((length, n) => {
      const [x, y] = [gpu.allocate("test", 4 * length), gpu.allocate("test", 4 * length)];
      gpu.upload(x, new Float32Array(length).fill(n + 1));
      gpu.dispatch("test", READER, {}, { x, y }, { count: length / 4 }, [Math.ceil(length / 256), 1, 1]);
      return y;
    });
    for (const [n, y] of refs.entries()) {
      assert.ok(new Float32Array(await gpu.download(y)).every((value) => value === n + 1));
    }
    await close();
  },

  async "counts an image's bytes, rows of 16 KiB, and gives them back"() {
    const { gpu, close } = await openGpu();
    gpu.trim(); // what the self-test left
    const { reserved } = gpu.memory;
    const x = gpu.allocate("test", 4 * 5000); // two rows
    const taken = gpu.memory.reserved;
    gpu.dispatch("test", READER, {}, { x, y: x }, { count: 0 }, [1, 1, 1]);
    assert.is(gpu.memory.reserved - taken, 2 * 16_384);
    gpu.free(x);
    gpu.trim();
    assert.is(gpu.memory.reserved, reserved);
    await close();
  },
});
