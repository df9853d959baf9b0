import * as assert from "uvu/assert";
import { type ChoiceContext, chooseConfig } from "../../src/adapter/choice.ts";
import type { TuningCache } from "../../src/adapter/tunings.ts";
import type { KernelConfig } from "../../src/kernels/family.ts";
import type { Tuning } from "../../src/tensor/diagnostics/autotune.ts";
import { describe } from "../support/suite.ts";

const tuned = (kernels: KernelConfig): Tuning => ({ kernels, shapes: [], measured: [] });
const fast = tuned({ family: "tiled", tile: { m: 64, n: 64, k: 8, rows: 8, columns: 8 } });

/** A choice on an imagined adapter, and what was measured and kept on the way. */
function choose(part: Partial<ChoiceContext>, known: Readonly<Record<string, Tuning>> = {}) {
  const kept: Record<string, Tuning> = { ...known };
  const seen = { tunings: 0, kept };
  const cache: TuningCache = {
    path: "",
    read: (key) => kept[key],
    write(key, tuning) {
      kept[key] = tuning;
      return true;
    },
  };
  const context: ChoiceContext = {
    wanted: {},
    environment: {},
    cpu: false,
    key: "this",
    cache,
    retune: false,
    resolve: ({ family = "subgroup", tile }) => (tile === undefined ? { family } : { family: "tiled", tile }),
    async tune() {
      seen.tunings++;
      return fast;
    },
    ...part,
  };
  return { choice: chooseConfig(context), seen };
}

describe("choice of kernels", {
  async "a CPU driver's kind decides, without a measurement"() {
    const { choice, seen } = choose({ cpu: true });
    assert.equal(await choice, { kernels: { family: "subgroup" }, by: "adapter" });
    assert.equal(seen, { tunings: 0, kept: {} });
  },

  async "a GPU is measured once, and again when asked"() {
    const first = choose({});
    assert.equal(await first.choice, { kernels: fast.kernels, by: "measurement", tuning: fast, kept: true });
    assert.equal(first.seen, { tunings: 1, kept: { this: fast } });
    const later = choose({}, first.seen.kept);
    assert.equal(await later.choice, { kernels: fast.kernels, by: "cache", tuning: fast });
    assert.is(later.seen.tunings, 0);
    const again = choose({ retune: true }, { this: tuned({ family: "portable" }) });
    assert.equal(await again.choice, { kernels: fast.kernels, by: "measurement", tuning: fast, kept: true });
    assert.equal(again.seen.kept, { this: fast });
    const other = choose({ key: "other" }, first.seen.kept);
    assert.is((await other.choice).by, "measurement");
  },

  async "what the cache knows but the device cannot run is measured again"() {
    const resolve = () => {
      throw new Error("gpu: too large");
    };
    const { choice, seen } = choose({ resolve }, { this: tuned({ family: "subgroup" }) });
    assert.is((await choice).by, "measurement");
    assert.equal(seen.kept, { this: fast });
  },

  async "what was asked for comes first: options, then BRENIER_FAMILY"() {
    const environment = { BRENIER_FAMILY: "portable" };
    for (const cpu of [false, true]) {
      const byEnvironment = choose({ cpu, environment });
      assert.equal(await byEnvironment.choice, { kernels: { family: "portable" }, by: "environment" });
      const byOption = choose({ cpu, environment, wanted: { family: "subgroup" } });
      assert.equal(await byOption.choice, { kernels: { family: "subgroup" }, by: "option" });
      const byTile = choose({ cpu, environment, wanted: { tile: fast.kernels.tile } });
      assert.equal(await byTile.choice, { kernels: fast.kernels, by: "option" });
      assert.is(byEnvironment.seen.tunings + byOption.seen.tunings + byTile.seen.tunings, 0);
    }
    const measured = choose({ environment, retune: true });
    assert.equal(await measured.choice, { kernels: { family: "portable" }, by: "environment", tuning: fast });
    assert.equal(measured.seen.kept, {}, "a forced choice is not kept");
  },

  async "BRENIER_FAMILY must be a family, or empty"() {
    assert.is((await choose({ cpu: true, environment: { BRENIER_FAMILY: "" } }).choice).by, "adapter");
    await choose({ environment: { BRENIER_FAMILY: "fast" } }).choice.then(
      () => assert.unreachable(),
      (error: Error) =>
        assert.is(error.message, "BRENIER_FAMILY: expected subgroup, quads, tiled, portable or nothing, got fast"),
    );
  },
});
