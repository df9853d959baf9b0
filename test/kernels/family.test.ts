import * as assert from "uvu/assert";
import { AdapterError } from "../../src/adapter/opened.ts";
import { openGpu } from "../../src/adapter/openGpu.ts";
import type { Device } from "../../src/kernels/device.ts";
import { kernelsOf, resolveKernels, TILES } from "../../src/kernels/family.ts";
import { Gpu } from "../../src/kernels/gpu.ts";
import { plainDevice } from "../support/device.ts";
import { describe } from "../support/suite.ts";
import { throws } from "../support/throws.ts";

const plain = await plainDevice();
const lanes = await plainDevice(["subgroups"]);

describe("family", {
  "a device without features and with default limits gets portable kernels, and may have a small tile"() {
    assert.equal(resolveKernels(plain, {}), { family: "portable" });
    assert.equal(resolveKernels(plain, { family: "tiled" }), { family: "tiled", tile: TILES.at(-1) });
    assert.equal(kernelsOf(plain), [{ family: "portable" }, { family: "tiled", tile: TILES.at(-1) }]);
  },

  "8 lanes get subgroup kernels"() {
    assert.equal(resolveKernels(lanes, {}), { family: "subgroup" });
    assert.equal(kernelsOf(lanes).slice(0, 2), [{ family: "subgroup" }, { family: "quads" }]);
    assert.equal(new Gpu(lanes).kernels, { family: "subgroup" });
  },

  "4 lanes get kernels for quads, and other widths portable ones"() {
    const { features, limits } = lanes;
    const withLanes = (subgroupMinSize: number, subgroupMaxSize: number): Device =>
      ({ features, limits, adapterInfo: { subgroupMinSize, subgroupMaxSize } }) as unknown as Device;
    assert.equal(resolveKernels(withLanes(4, 4), {}), { family: "quads" });
    assert.equal(kernelsOf(withLanes(4, 4))[0], { family: "quads" });
    for (const [least, most] of [
      [4, 8],
      [32, 32],
      [0, 0],
    ] as const) {
      assert.equal(resolveKernels(withLanes(least, most), {}), { family: "portable" });
      assert.equal(kernelsOf(withLanes(least, most))[0], { family: "portable" });
    }
  },

  "what the device cannot run is refused by name"() {
    throws(
      () => new Gpu(plain, { family: "subgroup" }),
      "gpu: expected a device with the `subgroups` feature and 8 lanes for family `subgroup`; use `portable`",
    );
    throws(
      () => new Gpu(plain, { family: "quads" }),
      "gpu: expected a device with the `subgroups` feature and 4 or 8 lanes for family `quads`; use `portable`",
    );
    throws(
      () => resolveKernels(plain, { family: "tiled", tile: { m: 64, n: 64, k: 16, rows: 8, columns: 8 } }),
      "gpu: expected a device with 17408 bytes of workgroup memory for this tile, got 16384; use a smaller tile",
    );
    throws(
      () => resolveKernels(plain, { tile: { m: 128, n: 128, k: 2, rows: 4, columns: 4 } }),
      "whose m·k/4 and n·k/4 are multiples of its 1024 threads, got tiled 128x128x2/4x4",
    );
    throws(
      () => resolveKernels(plain, { tile: { m: 128, n: 128, k: 32, rows: 4, columns: 4 } }),
      "gpu: expected a device with 1024 invocations per workgroup for this tile, got 256",
    );
    throws(
      () => resolveKernels(plain, { family: "fast" as never }),
      "gpu: expected a family subgroup, quads, tiled, portable",
    );
    throws(
      () => resolveKernels(plain, { family: "portable", tile: TILES[0] as (typeof TILES)[0] }),
      "expected a `tile` with family tiled only",
    );
    for (const sides of [{ m: 60 }, { rows: 6 }, { k: 0 }, { n: Number.NaN }]) {
      throws(
        () => resolveKernels(plain, { tile: { m: 64, n: 64, k: 8, rows: 8, columns: 8, ...sides } }),
        "gpu: expected a tile whose `m` and `n` are multiples",
      );
    }
  },

  async "openGpu refuses an adapter that cannot run what was asked for"() {
    const error = await openGpu({ tile: { m: 256, n: 256, k: 128, rows: 16, columns: 16 } }).then(
      () => undefined,
      (thrown: Error) => thrown,
    );
    assert.instance(error, AdapterError);
    assert.match(
      error?.message ?? "",
      /^adapter: .+ cannot be used: gpu: expected a device with 532480 bytes of workgroup/,
    );
  },

  async "openGpu says which kernels run and who decided, and sets the threads of a CPU driver"() {
    const given = process.env["LP_NUM_THREADS"];
    const gpu = await openGpu({ family: "portable", cpuThreads: 1 });
    assert.is(process.env["LP_NUM_THREADS"], "1");
    assert.equal(gpu.choice, { kernels: { family: "portable" }, by: "option" });
    assert.equal(gpu.kernels, { family: "portable" });
    assert.ok(gpu.selfTestMs > 0);
    await gpu.dispose();
    if (given === undefined) delete process.env["LP_NUM_THREADS"];
    else process.env["LP_NUM_THREADS"] = given;
    for (const cpuThreads of [-1, 0.5, 33, Number.NaN]) {
      const message = await openGpu({ cpuThreads }).then(
        () => "",
        (error: Error) => error.message,
      );
      assert.is(message, `openGpu: expected \`cpuThreads\` from 0 to 32, got ${cpuThreads}`);
    }
  },
});
