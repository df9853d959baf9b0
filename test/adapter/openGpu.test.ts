// Opening and disposing of engines again and again, as a notebook or a server does.
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import * as assert from "uvu/assert";
import { openGpu } from "../../src/adapter/openGpu.ts";
import { describe } from "../support/suite.ts";

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

/** Opens and disposes of `count` engines; returns how many devices could not be collected. */
async function openings(count: number): Promise<number> {
  let held = 0;
  const registry = new FinalizationRegistry(() => held--);
  for (let i = 0; i < count; i++) {
    const gpu = await openGpu();
    registry.register(gpu.device, undefined);
    held++;
    await gpu.dispose();
    await new Promise((resolve) => setTimeout(resolve, 1)); // what is registered is told in a turn of its own
    collect();
  }
  for (let i = 0; i < 3; i++) {
    await new Promise((resolve) => setTimeout(resolve, 10));
    collect();
  }
  return held;
}

describe("openGpu", {
  async "40 openings after 40 keep no device and take 0.4 MiB each at most"() {
    await openings(40);
    const before = process.memoryUsage().rss;
    assert.ok((await openings(40)) <= 1); // the last one may still be on the stack
    const grown = (process.memoryUsage().rss - before) / 2 ** 20;
    assert.ok(grown <= 40 * 0.4, `${grown.toFixed(1)} MiB more`);
  },

  async "engines that are open at once are independent, in whatever order they are disposed of"() {
    const all = await Promise.all([openGpu(), openGpu(), openGpu({ family: "portable" })]);
    for (const [i, gpu] of all.entries()) {
      await gpu.dispose();
      for (const other of all.slice(i + 1)) {
        const x = other.tensor([i, 2]);
        assert.equal([...(await other.read(x))], [i, 2]);
        x.dispose();
      }
      await gpu.dispose();
    }
  },
});
