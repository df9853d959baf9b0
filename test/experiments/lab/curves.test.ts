// Curves of a folder, of what workers may have sent.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { curvesIn } from "../../../src/experiments/lab/curves.ts";
import { describe } from "../../support/suite.ts";

describe("curves", {
  "are those of the last telling, of many lines and among lines that are none"() {
    const folder = mkdtempSync(join(tmpdir(), "brenier-curves-"));
    mkdirSync(join(folder, "curves"));
    const line = (step: number, loss: number): string =>
      JSON.stringify({ experiment: "e", what: "w", step, of: 1e5, values: { loss } });
    const twice = [line(1, 10), line(2, 20), line(3, 30), line(2, 21), line(4, 40)];
    const strange = ["null", "[]", "{", '"x"', JSON.stringify({ experiment: "e", what: "w", step: "1" })];
    const many = Array.from({ length: 50_000 }, (_, i) => line(5 + i, i));
    writeFileSync(join(folder, "curves/a.jsonl"), [...twice, ...strange, ...many].join("\n"));
    const [curve, ...others] = curvesIn(folder);
    rmSync(folder, { recursive: true });
    assert.equal(others, []);
    assert.is(curve?.title, "e: w");
    assert.equal(curve?.x, [1, 2, 4, ...many.map((_, i) => 5 + i)]);
    assert.equal(curve?.lines, [{ label: "loss", values: [10, 21, 40, ...many.map((_, i) => i)], apart: false }]);
  },
});
