// What README and the docs promise after a fault, and nothing of how it is kept: one clear line and
// an exit code of the table, whole files, and the bytes of an undisturbed run.
import { copyFileSync, existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import * as assert from "uvu/assert";
import { decodePng } from "../../src/codecs/decodePng.ts";
import { readNpy } from "../../src/formats/npy.ts";
import { decodeSafetensors } from "../../src/formats/safetensors.ts";
import { decodeCheckpoint } from "../../src/run/checkpoint.ts";
import { readConfig } from "../../src/run/config.ts";
import type { Told, Wanted } from "./faultKinds.ts";
import { assertSameRun, logOf, REPORT } from "./tinyRun.ts";

/** How a command ended, and what the injector saw in it. */
export interface Ending extends Told {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly out: string;
  readonly err: string;
}

/** Lines that a command may write besides those of the undisturbed one. */
const NOTICES = new RegExp(
  [
    "^\\d+/\\d+ ", // progress
    "^the device was lost: going on from ",
    "^go on with: ",
    "; the run goes on without such lines$",
    "; the run goes on without its report$",
    " not checked: no sha256 in ",
  ].join("|"),
);

/** Holds the end of the command `entry` against `right`, its undisturbed end. */
export function holdEnding(entry: string, { seam, kind, sticky }: Wanted, ending: Ending, right: Ending): void {
  const { code, signal, err, hit } = ending;
  const killed = kind.startsWith("kill") && hit !== undefined;
  assert.is(signal, killed ? "SIGKILL" : null);
  if (killed) return;
  assert.ok([0, 1, 2, 3, 4].includes(code as number), `exit code ${code}`);
  if (seam === "fs") assert.is.not(code, 3, "no adapter");
  else assert.ok(code !== 2 && code !== 4, `exit code ${code}`);
  if (hit === undefined || kind === "short") assert.is(code, 0, "a fault that is none ended the command");
  const shape = (line: string): string => line.replaceAll(/\d+([.]\d+)?(e-?\d+)?/g, "#");
  const known = new Set(right.err.split("\n").map(shape));
  const lines = err.trimEnd().split("\n");
  const last = code === 0 ? undefined : lines.pop();
  const strange = lines.filter((line) => !known.has(shape(line)) && !NOTICES.test(line));
  assert.equal(strange, [], "lines that nobody expects");
  if (last === undefined) return;
  assert.match(last, new RegExp(`^${entry}: \\S`));
  assert.ok(code === 2 || !last.includes("see --help"), last);
  // `existsSync` tells no cause.
  if (seam === "gpu" || hit === undefined || hit.call === "existsSync") return;
  assert.match(last, kind === "torn" ? "ENOSPC" : kind);
  if (sticky) return; // of several failures any may be told
  // the path without what makes a temporary name unique
  const name = basename(hit.path).replace(/^\.(.+?)\.\d+(\.[0-9a-f]+)?\.tmp$/, "$1");
  assert.ok(last.includes(name), `expected ${name} in: ${last}`);
}

/** Every file at `path`, a file or a folder, opens by its reader; a temporary one is none yet. */
export function holdWhole(path: string): void {
  for (const [name, file] of filesOf(path)) {
    if (name.endsWith(".tmp")) continue;
    const bytes = readFileSync(file);
    if (/^checkpoint-/.test(name)) decodeCheckpoint(bytes, name);
    else if (name.endsWith(".safetensors")) decodeSafetensors(bytes, name);
    else if (name === "config.json") readConfig(file);
    else if (name.endsWith(".json")) JSON.parse(bytes.toString());
    else if (name.endsWith(".png")) decodePng(bytes, name);
    else if (name.endsWith(".npy")) readNpy(bytes, name);
    else if (name.endsWith(".svg")) assert.match(bytes.toString(), /<\/svg>\n$/);
    else if (name.endsWith(".html")) assert.match(bytes.toString(), /<\/html>\n$/);
    // A torn last line of a log is left out by its readers.
    else if (name.endsWith(".jsonl")) for (const line of bytes.toString().split("\n").slice(0, -1)) JSON.parse(line);
  }
}

/**
 * What a command made at `actual` is what it makes undisturbed, except for times, and for lines of
 * a log that could not be written, where it said so in `told`.
 */
export function holdSame(actual: string, expected: string, told: string): void {
  if (existsSync(join(expected, "config.json"))) {
    if (told.includes("the run goes on without such lines")) {
      const lines = new Set(logOf(expected).map((line) => JSON.stringify(line)));
      for (const line of logOf(actual))
        assert.ok(lines.has(JSON.stringify(line)), `log.jsonl: ${JSON.stringify(line)}`);
      copyFileSync(join(expected, "log.jsonl"), join(actual, "log.jsonl"));
    }
    assertSameRun(actual, expected);
    assert.equal(recordOf(actual), recordOf(expected), "audit.jsonl");
    return;
  }
  const read = (path: string) =>
    filesOf(path)
      .filter(([name]) => name !== REPORT)
      .map(([name, file]) => {
        const text = readFileSync(file, "latin1");
        return [name, name === "summary.json" ? text.replace(/"seconds": [\d.]+/, "") : text];
      });
  assert.equal(read(actual), read(expected));
}

/** The numbered lines of a run's record, without their times. */
function recordOf(folder: string): readonly unknown[] {
  const lines = readFileSync(join(folder, "audit.jsonl"), "utf8").trimEnd().split("\n").slice(1);
  return lines.flatMap((line) => {
    const { at: _at, ns: _ns, seq, ...rest } = JSON.parse(line) as Record<string, unknown>;
    return seq === undefined ? [] : [{ seq, ...rest }];
  });
}

/** Name and path of a file, or of all files in a folder. */
function filesOf(path: string): readonly (readonly [string, string])[] {
  if (/\.\w+$/.test(path)) return [[basename(path), path]];
  const entries = readdirSync(path, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return entries.map(({ name, parentPath }): readonly [string, string] => [name, join(parentPath, name)]).sort();
}
