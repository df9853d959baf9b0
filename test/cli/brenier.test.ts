// `npx brenier COMMAND …` is `node dist/COMMAND.js …`, and says what there is where there is none.
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import * as assert from "uvu/assert";
import { COMMANDS } from "../../src/cli/commands.ts";
import { describe } from "../support/suite.ts";

const { bin, version } = JSON.parse(readFileSync("package.json", "utf8")) as Record<"bin" | "version", string>;
const run = (path: string, ...args: readonly string[]) => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [path, ...args], { encoding: "utf8" });
  return { code: status, out: stdout, err: stderr };
};

describe("brenier", {
  "has every command, by the help of its own file"() {
    for (const name of Object.keys(COMMANDS)) {
      assert.ok(existsSync(`dist/${name}.js`), name);
      assert.equal(run(bin, name, "--help"), run(`dist/${name}.js`, "--help"), name);
    }
  },

  "passes arguments, errors and exit codes on"() {
    assert.equal(run(bin, "train", "--epochs", "none"), run("dist/train.js", "--epochs", "none"));
    assert.is(run(bin, "train", "--epochs", "none").code, 2);
  },

  "prints its commands and its version, also by a link as npm makes one"() {
    const { code, out } = run(bin, "--help");
    assert.is(code, 0);
    for (const name of Object.keys(COMMANDS)) assert.match(out, new RegExp(`^  ${name} +\\w`, "m"));
    const folder = mkdtempSync(join(tmpdir(), "brenier-bin-"));
    try {
      symlinkSync(resolve(bin), join(folder, "brenier"));
      assert.equal(run(join(folder, "brenier"), "--version"), { code: 0, out: `${version}\n`, err: "" });
    } finally {
      rmSync(folder, { recursive: true });
    }
  },

  "refuses what is no command, in one line"() {
    for (const args of [[], ["trane"], ["--version", "train"], ["__proto__"], ["constructor"], ["../dist/train"]]) {
      const { code, out, err } = run(bin, ...args);
      assert.equal([code, out, err.split("\n").length], [2, "", 2], err);
      assert.match(err, /^brenier: expected a command among train, .*, got /);
    }
  },
});
