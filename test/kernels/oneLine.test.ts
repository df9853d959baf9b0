// The errors of the driver are one line each, which names what failed; the rest is the cause.
import * as assert from "uvu/assert";
import { openGpu } from "../../src/adapter/openGpu.ts";
import type { Kernel } from "../../src/kernels/kernel.ts";
import { oneLine } from "../../src/kernels/oneLine.ts";
import { describe } from "../support/suite.ts";

const kernel = (code: string): Kernel => ({
  name: "test",
  constants: {},
  code,
  params: { size: "u32" },
  buffers: { x: "read_write" },
  textures: [],
  dtypes: { x: "f32" },
  flops: () => 0,
});
const HEAD =
  "struct Params { size: u32 } @group(0) @binding(0) var<uniform> params: Params;" +
  "@group(0) @binding(1) var<storage, read_write> x: array<f32>;\n";

/** The error after a kernel with this code ran as the op `broken`. */
async function errorOf(code: string): Promise<Error> {
  const gpu = await openGpu();
  const x = gpu.allocate("x", 16);
  try {
    gpu.dispatch({
      op: "broken",
      kernel: kernel(code),
      buffers: { x },
      params: { size: 1 },
      workgroups: [1, 1, 1],
    });
    await gpu.download(x);
  } catch (error) {
    return error as Error;
  } finally {
    await gpu.dispose().catch(() => undefined);
  }
  throw new Error("expected an error of the device, got none");
}

describe("errors of the driver", {
  async "are one line with the op's name, and have all that the driver said as their cause"() {
    for (const code of [
      "not WGSL",
      `${HEAD}@compute @workgroup_size(1) fn main() { x[0] = y; }`,
      `${HEAD}@compute @workgroup_size(100000) fn main() { x[0] = f32(params.size); }`,
      `${HEAD}@compute @workgroup_size(1) fn main() { x[0] = f32(params.size); }\n@compute @workgroup_size(1) fn other() {}`,
      `@group(0) @binding(1) var<storage, read_write> x: array<f32>; @group(3) @binding(0) var<storage, read_write> z: array<f32>;
       @compute @workgroup_size(1) fn main() { x[0] = z[0]; }`,
    ]) {
      const { message, cause } = await errorOf(code);
      assert.match(message, /^gpu: [^\r\n]*\bbroken\b[^\r\n]*; last submitted ops: \w+$/, code);
      assert.instance(cause, Error);
      const lines = (cause as Error).message.split("\n");
      assert.ok(lines.length >= 2 && lines.length <= 12, `${lines.length} lines`);
      assert.ok(message.startsWith(`gpu: ${lines[0]?.replace(/\.$/, "")}`), message);
    }
  },

  "keep the label of the innermost object"() {
    assert.is(oneLine("a plain message"), "a plain message");
    assert.is(oneLine("\n too  many spaces\r\n\n"), "too  many spaces");
    assert.is(oneLine(""), "");
    assert.is(
      oneLine('it is invalid.\n - While validating stage ([Module "inner (k )"], x).\n - While calling [D "outer"].'),
      "it is invalid in inner (k )",
    );
    assert.is(
      oneLine('[Module "p"] is invalid.\n - While calling [Device].Make([Descriptor ""p""]).'),
      '[Module "p"] is invalid.',
    );
    assert.is(oneLine('no such name "x"\nlet y = "x";\n\n - While calling [Device].Make()'), 'no such name "x"');
  },
});
