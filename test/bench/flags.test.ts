import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import * as assert from "uvu/assert";
import { describe } from "../support/suite.ts";

const { parseFlags } = await import(pathToFileURL(join(process.cwd(), "scripts/bench-flags.mjs")).href);
const refused = (args: readonly string[]): { message: string; exitCode: number } => {
  try {
    parseFlags(args);
  } catch (error) {
    return error as { message: string; exitCode: number };
  }
  throw new Error(`expected ${args.join(" ")} to be refused`);
};

describe("bench: flags", {
  "everything by default"() {
    assert.equal(parseFlags([]), { only: [], peers: true, smoke: false, browser: false, json: null });
  },
  "reads each flag, --only more than once"() {
    const args = ["--only", "matmul", "--only=conv", "--no-peers", "--json", "a.json"];
    assert.equal(parseFlags(args), {
      only: ["matmul", "conv"],
      peers: false,
      smoke: false,
      browser: false,
      json: "a.json",
    });
    assert.is(parseFlags(["--smoke"]).smoke, true);
    assert.is(parseFlags(["--browser"]).browser, true);
    assert.is(parseFlags(["-h"]), null);
  },
  "reads where growth is written"() {
    assert.equal(parseFlags(["--growth"]), { only: [], quick: false, folder: "bench/growth" });
    const args = ["--growth", "--quick", "--out", "a", "--only", "solve"];
    assert.equal(parseFlags(args), { only: ["solve"], quick: true, folder: "a" });
  },
  "refuses a bad flag in one line with exit code 2"() {
    for (const args of [
      ["--fast"],
      ["matmul"],
      ["--only"],
      ["--only", ""],
      ["--json="],
      ["--smoke", "--json", "x"],
      ["--smoke", "--browser"],
      ["--browser", "--against", "HEAD"],
      ["--quick"],
      ["--out", "a"],
      ["--growth", "--quick"],
      ["--growth", "--out", ""],
      ["--growth", "--no-peers"],
    ]) {
      const { message, exitCode } = refused(args);
      assert.match(message, /^bench: [^\n]+$/, args.join(" "));
      assert.is(exitCode, 2, args.join(" "));
    }
  },
  "does so before anything is set up"() {
    const { status, stdout, stderr } = spawnSync(process.execPath, ["scripts/bench.mjs", "--fast"], {
      encoding: "utf8",
    });
    assert.equal([status, stdout], [2, ""]);
    assert.match(stderr, /^bench: unknown option '--fast'\n$/);
  },
});
