// README.md stays true: its program prints what it says, its commands and flags exist, its links
// lead somewhere.
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import * as assert from "uvu/assert";
import * as audit from "../src/audit/index.ts";
import * as core from "../src/index.ts";
import * as metrics from "../src/metrics/index.ts";
import * as models from "../src/models/index.ts";
import * as node from "../src/node.ts";
import * as ot from "../src/ot/index.ts";
import * as web from "../src/web.ts";
import * as worker from "../src/worker/index.ts";
import { describe } from "./support/suite.ts";

const ENTRIES: Readonly<Record<string, object>> = {
  brenier: core,
  "brenier/ot": ot,
  "brenier/models": models,
  "brenier/metrics": metrics,
  "brenier/worker": worker,
  "brenier/audit": audit,
  "brenier/node": node,
  "brenier/web": web,
};
const readme = readFileSync("README.md", "utf8");
const blocks = (language: string): string[] =>
  [...readme.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\``, "gm"))].map(([, text = ""]) => text);
const run = (...args: string[]) => spawnSync(process.execPath, args, { encoding: "utf8" });

describe("README", {
  "its programs are the examples, have at most 20 lines, and print what is shown"() {
    for (const [i, example] of ["examples/ring.mjs", "examples/fit.mjs"].entries()) {
      const program = blocks("js")[i] ?? "";
      assert.is(program, readFileSync(example, "utf8"));
      assert.ok(program.trimEnd().split("\n").length <= 20, example);
      const { status, stdout } = run(example);
      assert.is(status, 0, example);
      assert.is(stdout, blocks("text")[i], example);
    }
  },

  "its commands know the flags that it gives them"() {
    const commands = blocks("sh").join("").trimEnd().split("\n");
    assert.ok(commands.length >= 6);
    const { scripts } = JSON.parse(readFileSync("package.json", "utf8"));
    for (const line of commands) {
      const [, script] = /^npm (?:run )?(\w+)$/.exec(line) ?? [];
      if (script !== undefined) {
        assert.ok(script in scripts, line);
        continue;
      }
      const [, entry = ""] = /^node (dist\/\w+\.js) /.exec(line) ?? [];
      const { status, stdout } = run(entry, "--help");
      assert.is(status, 0, line);
      for (const [flag] of line.matchAll(/--\w+/g)) assert.ok(stdout.includes(flag), `${line}: ${flag}`);
    }
  },

  "its links lead to files"() {
    const links = [...readme.matchAll(/\]\((?!https:)([^)]+)\)/g)].map(([, path = ""]) => path);
    assert.ok(links.length >= 4);
    for (const path of links) assert.ok(existsSync(path), path);
  },

  "the names in its table are exported by the entry of their row"() {
    let [entry, count] = ["", 0];
    for (const [, first = "", rest = ""] of readme.matchAll(/^\|([^|]*)\|(.*)\|$/gm)) {
      entry = /^ `(brenier[\w/]*)` $/.exec(first)?.[1] ?? (first.trim() === "" ? entry : "");
      const exported = ENTRIES[entry];
      if (exported === undefined) continue; // another table
      for (const [, list = ""] of rest.matchAll(/`([\w ]+)`/g)) {
        for (const name of list.split(" ")) {
          assert.ok(name in exported, `${entry} does not export ${name}`);
          count++;
        }
      }
    }
    assert.ok(count >= 60, `${count} names`);
  },
});
