// Samples come in tiles of 32. What a run downloads is part of its record, the end of a last tile
// that is not full too; so nothing may depend on what a buffer held before.
import { createHash } from "node:crypto";
import * as assert from "uvu/assert";
import { Cells } from "../../../src/ot/cells/cells.ts";
import type { Source } from "../../../src/ot/source.ts";
import type { Engine } from "../../../src/tensor/engine.ts";
import { testEngine } from "../../support/device.ts";
import { describe } from "../../support/suite.ts";
import { normals } from "../instances.ts";

const families = [await testEngine("subgroup"), await testEngine("portable"), await testEngine("tiled")];

/** Gives the pool of buffers blocks of every size with `value` in all words. */
function soil(gpu: Engine, value: number): void {
  const blocks = Array.from({ length: 40 }, (_, i) => 2 ** (4 + (i >> 1) / 1.5)).map((bytes) => {
    const block = gpu.allocate("soil", 16 * Math.ceil(bytes / 16));
    gpu.upload(block, new Uint32Array(block.bytes / 4).fill(value));
    return block;
  });
  for (const block of blocks) gpu.release(block);
}

/** Digests of all downloads of one call of each function, for `count` samples. */
async function digests(gpu: Engine, source: Source, count: number): Promise<readonly string[]> {
  const seen: Promise<string>[] = [];
  gpu.onCommand = (command) => {
    if (command.kind !== "download") return;
    seen.push(command.values.then((bytes) => createHash("sha256").update(new Uint8Array(bytes)).digest("hex")));
  };
  const cells = new Cells(gpu, normals(7, 3, 1), source);
  cells.setHeights(new Float64Array(7));
  const draw = { seed: 1, stream: 0, first: 0, count };
  try {
    await cells.topK(draw, 5);
    await cells.assign(draw, ["index", "max", "runnerUp", "points"]);
    await cells.topK(normals(count, 3, 2), 5);
    await cells.assign(normals(count, 3, 2), ["index", "max", "runnerUp"]);
    await cells.draw(draw);
    return await Promise.all(seen);
  } finally {
    cells.dispose();
    gpu.onCommand = undefined;
  }
}

describe("tiles", {
  async "every download has the same bytes whatever the buffers held before, for 1 to 70 samples, in all families"() {
    const sources: readonly Source[] = ["gaussian", "cube", { samples: normals(9, 3, 3) }];
    for (const gpu of families) {
      for (const [i, source] of sources.entries()) {
        for (const count of [1, 4, 9, 31, 32, 33, 64, 70]) {
          soil(gpu, 0x7fc00000); // NaN
          const first = await digests(gpu, source, count);
          soil(gpu, 0x3f800000); // 1
          const second = await digests(gpu, source, count);
          assert.ok(first.length >= 10, `${first.length} downloads`);
          assert.equal(second, first, `${gpu.family}, source ${i}, ${count} samples`);
        }
      }
    }
  },
});
