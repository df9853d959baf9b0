// README.md stays true and short: its program prints what it says, its commands exist.
import { readFileSync } from "node:fs";
import * as assert from "uvu/assert";
import { holdCommands } from "./support/documents.ts";
import { programsOf, runProgram } from "./support/programs.ts";
import { describe } from "./support/suite.ts";

describe("README", {
  "has at most 150 lines"() {
    const lines = readFileSync("README.md", "utf8").trimEnd().split("\n").length;
    assert.ok(lines > 50 && lines <= 150, `${lines} lines`);
  },

  "its program is the example, has at most 20 lines, and prints what is shown"() {
    const programs = programsOf("README.md");
    assert.equal(
      programs.map(({ path }) => path),
      ["examples/ring.mjs"],
    );
    for (const { path, text, shown } of programs) {
      assert.is(text, readFileSync(path, "utf8"));
      assert.ok(text.trimEnd().split("\n").length <= 20, path);
      assert.is(runProgram(path, "."), shown, path);
    }
  },

  "its commands are scripts of the package"() {
    assert.is(holdCommands("README.md"), 2);
  },
});
