import * as assert from "uvu/assert";
import { PURPOSE } from "../../src/math/philox.ts";
import { RUN_STRIDE, STREAMS } from "../../src/math/streams.ts";
import { describe } from "../support/suite.ts";

/** Owners of one purpose that share a number, and why no result sees the same bits twice. */
const SHARED = [
  {
    purpose: "host",
    owners: ["stackedDigits", "curveRows", "clusterTargets"],
    reason: "each draws the data of an experiment of its own, and no experiment uses two of them",
  },
];

describe("streams", {
  "no two owners of a purpose share a number, but for those that are listed"() {
    for (const [purpose, owners] of Object.entries(STREAMS)) {
      const by = new Map<number, string[]>();
      for (const [owner, stream] of Object.entries(owners)) by.set(stream, [...(by.get(stream) ?? []), owner]);
      const shared = [...by.values()].filter((together) => together.length > 1);
      const listed = SHARED.filter((entry) => entry.purpose === purpose).map((entry) => entry.owners);
      assert.equal(shared, listed, purpose);
    }
  },

  "every number is an integer below the stride of repeated runs, as the shaders need for the source"() {
    for (const owners of Object.values(STREAMS))
      for (const [owner, stream] of Object.entries(owners))
        assert.ok(Number.isInteger(stream) && stream >= 0 && stream < RUN_STRIDE, owner);
    assert.is(RUN_STRIDE, 65536);
  },

  "dropout, which takes the numbers after its own too, is the last of its purpose"() {
    assert.is(STREAMS.uniform.dropout, Math.max(...Object.values(STREAMS.uniform)));
  },

  "every purpose with streams has a number of its own"() {
    assert.is(new Set(Object.values(PURPOSE)).size, Object.keys(PURPOSE).length);
    for (const purpose of Object.keys(STREAMS)) assert.ok(purpose in PURPOSE, purpose);
  },
});
