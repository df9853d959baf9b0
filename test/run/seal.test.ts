// Whatever is cut, moved or changed of a finished record, or of what its run says of it, is found
// before anything is replayed.
import { appendFileSync, cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import * as assert from "uvu/assert";
import { openGpu } from "../../src/adapter/openGpu.ts";
import { checkRecord, type Held, type Seal } from "../../src/audit/read/checkRecord.ts";
import { commandIn, FIRST_LINK, lineOf, nextLink } from "../../src/audit/record/chain.ts";
import { readHeader } from "../../src/audit/record/readRecord.ts";
import { sha256 } from "../../src/files/sha256.ts";
import { sealOf } from "../../src/run/seal.ts";
import { oneLine } from "../faults/fuzz.ts";
import { describe } from "../support/suite.ts";
import { rejects } from "../support/throws.ts";
import { type Recording, temporaryFolder, tinyRecord } from "../support/tinyRecord.ts";

const SEED = 17;
const RUNS = process.env["BRENIER_DEEP"] === "1" ? 500 : 60;

const root = temporaryFolder();
const gpu = await openGpu();
const RECORDINGS: readonly Recording[] = [
  { level: "commands", every: 1 },
  { level: "digests", every: 1 },
  { level: "digests", every: 2 },
];
for (const [i, recording] of RECORDINGS.entries()) await tinyRecord(gpu, join(root, String(i)), recording);
await gpu.dispose();

const check = async (folder: string): Promise<Held> => checkRecord(folder, sealOf(folder, readHeader(folder)));

async function assertFound(folder: string, damage: string): Promise<void> {
  const error = await check(folder).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  assert.ok(error !== undefined, `${damage}: expected it to be found`);
  oneLine(error, folder);
}

const linesOf = (text: string): string[] => text.trimEnd().split("\n");
const joined = (lines: readonly string[]): string => lines.map((line) => `${line}\n`).join("");

/** A copy of one of the records, to be damaged. */
function copyOf(recording: number): string {
  const folder = join(root, "damaged");
  rmSync(folder, { recursive: true, force: true });
  cpSync(join(root, String(recording)), folder, { recursive: true });
  return folder;
}

/** Draws a whole number below its argument. */
type Draw = (below: number) => number;

/** Each changes, adds or removes a file of the folder, or a part of it. */
const DAMAGES: Readonly<Record<string, (folder: string, draw: Draw) => void>> = {
  "cut at a byte": (folder, draw) => edit(folder, "audit.jsonl", (text) => text.slice(0, draw(text.length))),
  "cut after a line": (folder, draw) => lines(folder, (all) => all.slice(0, 1 + draw(all.length - 1))),
  "cut to one line": (folder) => lines(folder, (all) => all.slice(0, 1)),
  "cut to half": (folder) => lines(folder, (all) => all.slice(0, all.length >> 1)),
  "cut at the front": (folder, draw) =>
    lines(folder, ([header = "", ...rest]) => [header, ...rest.slice(1 + draw(rest.length))]),
  "lines removed": (folder, draw) =>
    lines(folder, (all) => {
      const from = draw(all.length);
      return all.toSpliced(from, 1 + draw(all.length - from));
    }),
  "a line doubled": (folder, draw) =>
    lines(folder, (all) => all.toSpliced(1 + draw(all.length), 0, all[draw(all.length)] ?? "")),
  "two lines swapped": (folder, draw) =>
    lines(folder, (all) => {
      const i = draw(all.length);
      const j = (i + 1 + draw(all.length - 1)) % all.length;
      return all.with(i, all[j] ?? "").with(j, all[i] ?? "");
    }),
  "a byte changed": (folder, draw) => {
    const path = join(folder, "audit.jsonl");
    const bytes = readFileSync(path);
    const at = draw(bytes.length);
    bytes[at] = ((bytes[at] ?? 0) + 1 + draw(255)) % 256;
    writeFileSync(path, bytes);
  },
  "a digest altered": (folder, draw) => digit(folder, "audit.jsonl", { pattern: /[0-9a-f]{16,64}/g, draw }),
  "a number altered": (folder, draw) => digit(folder, "audit.jsonl", { pattern: /(?<=[:[,])\d+(?=[,\]}])/g, draw }),
  "a line added": (folder, draw) => {
    const all = linesOf(readFileSync(join(folder, "audit.jsonl"), "utf8"));
    appendFileSync(join(folder, "audit.jsonl"), `${all[1 + draw(all.length - 1)]}\n`);
  },
  "bytes added": (folder, draw) => appendFileSync(join(folder, "audit.jsonl"), "{}\n ".slice(draw(3))),
  "`audit` of summary.json altered": (folder, draw) => said(folder, "summary.json", draw),
  "`audit` of timing.json altered": (folder, draw) => said(folder, "timing.json", draw),
  "timing.json gone": (folder) => rmSync(join(folder, "timing.json")),
  "`audit` gone": (folder, draw) =>
    edit(folder, draw(2) === 0 ? "timing.json" : "summary.json", (text) => text.replace('"audit"', '"audi"')),
  "a kernel's text altered or gone": (folder, draw) => {
    const names = readdirSync(join(folder, "audit"));
    const name = join("audit", names[draw(names.length)] ?? "");
    if (draw(4) === 0) rmSync(join(folder, name));
    else edit(folder, name, (text) => text.slice(0, draw(text.length)));
  },
};

function edit(folder: string, name: string, change: (text: string) => string): void {
  const path = join(folder, name);
  const before = readFileSync(path, "utf8");
  const after = change(before);
  assert.is.not(after, before, `${name} stayed as it was`);
  writeFileSync(path, after);
}

const lines = (folder: string, change: (lines: string[]) => string[]): void =>
  edit(folder, "audit.jsonl", (text) => joined(change(linesOf(text))));

/** Changes one digit of one match of `pattern`. */
function digit(folder: string, name: string, { pattern, draw }: { pattern: RegExp; draw: Draw }): void {
  edit(folder, name, (text) => {
    const found = [...text.matchAll(pattern)];
    const match = found[draw(found.length)];
    const at = (match?.index ?? 0) + draw(match?.[0].length ?? 1);
    const digits = "123456789"; // without 0, so that no number gets a leading one
    const others = digits.replace(text[at] ?? "", "");
    return `${text.slice(0, at)}${others[draw(others.length)]}${text.slice(at + 1)}`;
  });
}

/** Changes one of the values that a file tells of the record. */
function said(folder: string, name: string, draw: Draw): void {
  edit(folder, name, (text) => {
    const all = JSON.parse(text) as { audit: Record<string, unknown> };
    const keys = Object.keys(all.audit);
    const key = keys[draw(keys.length)] ?? "";
    const value = all.audit[key];
    if (typeof value === "number") all.audit[key] = value + 1 + draw(9);
    else if (key === "level") all.audit[key] = value === "digests" ? "commands" : "digests";
    else all.audit[key] = String(value).replace(/^./, (first) => (first === "0" ? "1" : "0"));
    return JSON.stringify(all);
  });
}

describe("record of a run", {
  async "that nobody touched is held, all of it"() {
    for (const [i, { every }] of RECORDINGS.entries()) {
      const { commands, held, by, before } = await check(join(root, String(i)));
      assert.is(commands, 7 * 5, "uploads, three dispatches and downloads; those of a checkpoint do not count");
      assert.is(by, every === 1 ? "chain" : "file");
      assert.is(held, every === 1 ? commands : 4 * 5, "every second step, and what is no step");
      assert.is(before, every === 1 ? commands : Number.POSITIVE_INFINITY);
    }
  },

  async "is not passed after any cut, swap or change"() {
    const names = Object.keys(DAMAGES);
    const property = fc.asyncProperty(
      fc.nat(RECORDINGS.length - 1),
      fc.infiniteStream(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })),
      fc.nat(names.length - 1),
      async (recording, stream, n) => {
        const folder = copyOf(recording);
        const draw: Draw = (below) => Math.floor((stream.next().value ?? 0) * below);
        DAMAGES[names[n] as string]?.(folder, draw);
        await assertFound(folder, names[n] as string);
      },
    );
    process.stdout.write(`${RUNS} damaged records, seed ${SEED}\n`);
    await fc.assert(property, { seed: SEED, numRuns: RUNS, includeErrorInReport: true });
    // each kind at least once, whatever the seed
    for (const [name, damage] of Object.entries(DAMAGES)) {
      const folder = copyOf(0);
      damage(folder, (below) => below >> 1);
      await assertFound(folder, name);
    }
  },

  async "is not passed by its chain, whatever length and sha256 are said"() {
    const folder = copyOf(1);
    const seal = sealOf(folder, readHeader(folder)) as Seal;
    lines(folder, (all) => all.map((line, i) => (i < 3 ? line : line.replace(/"bytes":\d/, '"bytes":7'))));
    const bytes = readFileSync(join(folder, "audit.jsonl"));
    await rejects(
      checkRecord(folder, { ...seal, bytes: bytes.length, sha256: sha256(bytes) }),
      `audit.jsonl: expected a hash chain that ends with ${seal.digest}`,
    );
  },

  async "that is not finished is held up to its last checkpoint"() {
    const folder = copyOf(1);
    for (const name of ["summary.json", "timing.json"]) rmSync(join(folder, name));
    assert.is(sealOf(folder, readHeader(folder)), undefined);
    assert.equal(await check(folder), { commands: 35, held: 0, before: 0, by: "chain" });
    const all = linesOf(readFileSync(join(folder, "audit.jsonl"), "utf8"));
    const kept = all.findIndex((line) => line.includes('"step":4'));
    let digest = FIRST_LINK;
    for (const line of all.slice(1, kept)) if (line.startsWith('{"seq"')) digest = nextLink(digest, commandIn(line));
    const commands = all.slice(0, kept).filter((line) => line.startsWith('{"seq"')).length;
    const bytes = Buffer.byteLength(joined(all.slice(0, kept)));
    const seal: Seal = { by: "a checkpoint", digest, commands, bytes };
    assert.equal(await checkRecord(folder, seal), { commands: 35, held: 15, before: 15, by: "chain" });
    for (const damage of ["cut to one line", "a digest altered"]) {
      DAMAGES[damage]?.(folder, () => 0);
      await rejects(checkRecord(folder, seal), " as a checkpoint says, got ");
      writeFileSync(join(folder, "audit.jsonl"), joined(all));
    }
  },

  "has lines from which the command can be taken as it was hashed"() {
    const command = fc
      .record({ kind: fc.constant("dispatch"), stage: fc.string(), params: fc.dictionary(fc.string(), fc.double()) })
      .map((value) => JSON.stringify(value).slice(1, -1));
    const property = fc.property(
      fc.nat(),
      fc.double({ min: 0, max: 1e9, noNaN: true }),
      command,
      fc.option(fc.double({ noNaN: true, noDefaultInfinity: true }), { nil: undefined }),
      (seq, at, text, ns) => {
        assert.is(commandIn(lineOf({ seq, at, command: text, ns })), text);
      },
    );
    fc.assert(property, { seed: SEED, numRuns: 300 });
  },
});
