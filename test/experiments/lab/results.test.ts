// RESULTS.md is what its JSON gives, and nothing else.
import { existsSync, readFileSync } from "node:fs";
import * as assert from "uvu/assert";
import { EXPERIMENTS } from "../../../src/experiments/all.ts";
import { readResults, report } from "../../../src/experiments/lab/report.ts";
import { describe } from "../../support/suite.ts";

describe("RESULTS.md", {
  "is made of the results in docs/results, whose pictures are there"() {
    const names = EXPERIMENTS.map(({ name }) => name);
    const results = readResults("docs/results", names);
    assert.ok(results.length >= 1);
    assert.is(readFileSync("RESULTS.md", "utf8"), report(results, "docs/results"));
    for (const { findings } of results)
      for (const { file } of findings.pictures) assert.ok(existsSync(`docs/results/${file}`), file);
  },
});
