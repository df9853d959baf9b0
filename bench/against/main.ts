// Compares this revision with another that is built already. Its one argument is the flags as JSON,
// as scripts/bench.mjs parsed them.
import { writeFileSync } from "node:fs";
import { availableParallelism, cpus, loadavg } from "node:os";
import { join } from "node:path";
import { root } from "../root.ts";
import { CASES } from "./cases.ts";
import { measure, type Side, UnusableError } from "./measure.ts";
import { verdictOf } from "./ratio.ts";
import { entries, heading, type Row, table } from "./table.ts";

interface Options {
  readonly only: readonly string[];
  readonly json: string | null;
  readonly rounds: number;
  /** Description of this revision. */
  readonly ours: string;
  /** The other revision: its name, its description, and the folder in which it is built. */
  readonly theirs: { readonly name: string; readonly title: string; readonly folder: string };
}

const { only, json, rounds, ours, theirs } = JSON.parse(process.argv[2] ?? "{}") as Options;
const cases = CASES.filter(({ name }) => only.length === 0 || only.some((part) => name.includes(part)));
if (cases.length === 0) {
  const names = CASES.map(({ name }) => name).join("; ");
  console.error(`bench: expected \`--only\` as part of a name, got ${only.join(", ")}; one of ${names}`);
  process.exit(2);
}

const side = (name: string, folder: string): Side => ({
  name,
  workloads: join(folder, ".test-build/bench/against/workloads.js"),
});
const sides = [side("ours", root), side(theirs.name, theirs.folder)] as const;
const load = loadavg();
const rows: Row[] = [];
let wrong = 0;
for (const work of cases) {
  const { name } = work;
  const started = performance.now();
  try {
    const found = await measure(work, ...sides, rounds);
    rows.push({ name, found: found ?? "not there" });
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    console.error(`bench: ${name}  ${found === null ? `${theirs.name} has no such case` : `${seconds} s`}`);
    if (found !== null && verdictOf(found.wall) === "slower") wrong++;
  } catch (error) {
    wrong++;
    rows.push({ name, found: "failed" });
    const message = error instanceof Error ? error.message : String(error);
    if (error instanceof UnusableError) {
      console.error(`bench: ${message}`);
      process.exit(1);
    }
    console.error(`bench: error: ${name}: ${message}`);
  }
}
const processor = cpus()[0]?.model.trim() ?? "unknown processor";
const lines = heading({ ours, theirs: theirs.title, rounds, processor, cores: availableParallelism(), load }, rows);
console.log(`${lines.join("\n")}\n\n${table(rows)}`);
if (json !== null) writeFileSync(json, `${JSON.stringify(entries(rows), null, 2)}\n`);
process.exitCode = wrong === 0 ? 0 : 1;
