// What the documentation says in code, in commands and in tables, to be held to what is there.
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import * as assert from "uvu/assert";
import * as audit from "../../src/audit/index.ts";
import * as cluster from "../../src/cluster/index.ts";
import * as core from "../../src/index.ts";
import * as metrics from "../../src/metrics/index.ts";
import * as models from "../../src/models/index.ts";
import * as node from "../../src/node.ts";
import * as ot from "../../src/ot/index.ts";
import * as web from "../../src/web.ts";
import * as worker from "../../src/worker/index.ts";

/** What each entry of the package exports. */
export const ENTRIES: Readonly<Record<string, object>> = {
  brenier: core,
  "brenier/ot": ot,
  "brenier/models": models,
  "brenier/metrics": metrics,
  "brenier/worker": worker,
  "brenier/cluster": cluster,
  "brenier/audit": audit,
  "brenier/node": node,
  "brenier/web": web,
};

/** The texts of a document's blocks of code in one language. */
export const blocks = (text: string, language: string): string[] =>
  [...text.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\``, "gm"))].map(([, block = ""]) => block);

/** The cells of the rows of a document's tables, without those of dashes. */
export const tableRows = (text: string): string[][] =>
  [...text.matchAll(/^\|(.*)\|$/gm)]
    .map(([, row = ""]) => row.split(" | ").map((cell) => cell.trim()))
    .filter(([first]) => !first?.startsWith("---"));

const helps = new Map<string, string>();

/** The help of a command of dist/, which ends well. */
function helpOf(entry: string): string {
  const known = helps.get(entry);
  if (known !== undefined) return known;
  const { status, stdout } = spawnSync(process.execPath, [entry, "--help"], { encoding: "utf8" });
  assert.is(status, 0, entry);
  helps.set(entry, stdout);
  return stdout;
}

/**
 * The commands of a document exist and know the flags that it gives them. Returns how many there
 * are.
 */
export function holdCommands(path: string): number {
  const commands = blocks(readFileSync(path, "utf8"), "sh").join("").split("\n").filter(Boolean);
  const { scripts } = JSON.parse(readFileSync("package.json", "utf8"));
  for (const line of commands) {
    const [, script] = /^npm (?:run )?([\w:]+)(?: -- .*)?$/.exec(line) ?? [];
    if (script !== undefined) {
      assert.ok(script in scripts, `${path}: ${line}`);
      continue;
    }
    const [, entry] = /^node (dist\/\w+\.js)(?: |$)/.exec(line) ?? [];
    assert.ok(entry, `${path}: ${line}`);
    for (const [flag] of line.matchAll(/--[\w-]+/g))
      assert.ok(helpOf(entry).includes(flag), `${path}: ${line}: ${flag}`);
  }
  return commands.length;
}
