// Every reader of audit.jsonl reads a damaged file as what the format says, or refuses it in one
// line that names the file and the line.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import * as assert from "uvu/assert";
import { openGpu } from "../../../src/adapter/openGpu.ts";
import { pause } from "../../../src/adapter/pause.ts";
import { checkRecord } from "../../../src/audit/read/checkRecord.ts";
import { compareRecords, describeComparison } from "../../../src/audit/read/diff.ts";
import { explainKernel } from "../../../src/audit/read/explain.ts";
import { describeSummary, summarise } from "../../../src/audit/read/summary.ts";
import { traceEvents } from "../../../src/audit/read/trace.ts";
import { auditCommand } from "../../../src/cli/auditCommand.ts";
import { damaged, oneLine, plainPrototype } from "../../faults/fuzz.ts";
import { describe } from "../../support/suite.ts";
import { throws } from "../../support/throws.ts";
import { temporaryFolder, tinyRecord } from "../../support/tinyRecord.ts";

const SEED = 1714;
const RUNS = process.env["BRENIER_DEEP"] === "1" ? 3000 : 300;

const root = temporaryFolder();
const good = join(root, "good");
const gpu = await openGpu();
await tinyRecord(gpu, good, { level: "digests", every: 1 });
await gpu.dispose();
const record = readFileSync(join(good, "audit.jsonl"));
const kernel = /"kernel":"(\w+)"/.exec(record.toString())?.[1] ?? "";
const bad = join(root, "bad");
mkdirSync(join(bad, "audit"), { recursive: true });
for (const [, name] of new Set(record.toString().matchAll(/"text":"(\w+)"/g)))
  writeFileSync(join(bad, "audit", `${name}.wgsl`), readFileSync(join(good, "audit", `${name}.wgsl`)));

/** Each reads all of a record and all of its own result. */
const READERS: Readonly<Record<string, (folder: string) => Promise<unknown>>> = {
  summary: async (folder) => describeSummary(await summarise(folder)).join("\n"),
  diff: async (folder) => describeComparison(await compareRecords(folder, good)).join("\n"),
  "diff, the other way round": async (folder) => describeComparison(await compareRecords(good, folder)).join("\n"),
  async trace(folder) {
    for await (const event of traceEvents(folder)) JSON.stringify(event);
  },
  explain: (folder) => explainKernel(kernel, folder),
  verify: (folder) => checkRecord(folder, undefined),
};

const place = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

/** JSON of every type, with numbers and depths that nobody expects. */
const strange = fc.oneof(
  fc.constantFrom(
    "null",
    "true",
    '""',
    '"x"',
    "[]",
    "{}",
    "0",
    "-1",
    "1.5",
    "1e308",
    "1e999",
    "-1e999",
    "9007199254740993",
  ),
  fc.constantFrom(
    '{"__proto__":{"polluted":1}}',
    '{"constructor":1}',
    '"\\u0000\\u001b[2J"',
    `"${"x".repeat(100_000)}"`,
  ),
  fc.constantFrom("[".repeat(20_000) + "]".repeat(20_000), `${'{"a":'.repeat(20_000)}1${"}".repeat(20_000)}`),
  fc.json(),
);

/** The record with one value of one line replaced, removed, or given another name. */
const mistyped = fc
  .record({ line: place, at: place, value: strange, kind: fc.constantFrom("value", "remove", "rename", "line", "key") })
  .map(({ line, at, value, kind }) => {
    const lines = record.toString().split("\n");
    const n = Math.floor(line * (lines.length - 1));
    const text = lines[n] ?? "";
    const values = [...text.matchAll(/"(\w+)":(?:"[^"]*"|[\d.e+-]+|true|false|null|\[[^[\]{}]*\])/g)];
    const found = values[Math.floor(at * values.length)];
    const [whole = "", key = ""] = found ?? [];
    const from = found?.index ?? 0;
    const put = (part: string): string => text.slice(0, from) + part + text.slice(from + whole.length);
    lines[n] = {
      value: put(`"${key}":${value}`),
      remove: put("").replace(/,,|([{[]),|,([}\]])/g, (_, open = "", close = "") => open + close || ","),
      rename: put(whole.replace(key, "__proto__")),
      line: value,
      key: put(`"other":${value},${whole}`),
    }[kind];
    return Uint8Array.from(Buffer.from(lines.join("\n")));
  });

const invalidUtf8 = place.map((at) => {
  const from = Math.floor(at * record.length);
  return Uint8Array.from(Buffer.concat([record.subarray(0, from), Buffer.of(0xc3, 0x28, 0xff), record.subarray(from)]));
});

const shuffled = fc.array(place, { minLength: 2, maxLength: 2 }).map(([a = 0, b = 0]) => {
  const lines = record.toString().split("\n");
  const [i, j] = [Math.floor(a * lines.length), Math.floor(b * lines.length)];
  return Uint8Array.from(
    Buffer.from(
      lines
        .with(i, lines[j] ?? "")
        .with(j, lines[i] ?? "")
        .join("\n"),
    ),
  );
});

describe("a damaged record", {
  async "is read as what it says, or refused by every reader in one line with its name"() {
    const files = fc.oneof(
      { weight: 3, arbitrary: mistyped },
      { weight: 2, arbitrary: damaged(fc.constant(Uint8Array.from(record)), ['"seq":1e9,', "null", "\n", "{", "NaN"]) },
      { weight: 1, arbitrary: invalidUtf8 },
      { weight: 1, arbitrary: shuffled },
    );
    let [fine, refused] = [0, 0];
    const property = fc.asyncProperty(files, async (bytes) => {
      writeFileSync(join(bad, "audit.jsonl"), bytes);
      const errors: unknown[] = [];
      for (const [name, read] of Object.entries(READERS)) {
        const error = await read(bad).then(
          () => undefined,
          (thrown: unknown) => thrown,
        );
        if (error !== undefined) oneLine(error, bad);
        if (error !== undefined && /audit\.jsonl: line/.test((error as Error).message)) errors.push(error);
        else if (name === "summary") fine++;
      }
      assert.ok(errors.length === 0 || errors.length === Object.keys(READERS).length, "all or none refuse a line");
      if (errors.length > 0) refused++;
      plainPrototype();
    });
    process.stdout.write(`${RUNS} damaged records, seed ${SEED}\n`);
    await fc.assert(property, { seed: SEED, numRuns: RUNS, includeErrorInReport: true });
    assert.ok(fine > 0 && refused > RUNS / 2, `expected most to be refused, got ${fine} read and ${refused} refused`);
  },

  async "is refused on the command line with the number of the line"() {
    const lines = record.toString().split("\n");
    const cases: readonly (readonly [change: (line: string) => string, message: string])[] = [
      [(line) => line.slice(1), "line 5: expected JSON: "],
      [() => "[]", "line 5: expected `kind` as dispatch, copy, upload, download, submit, got nothing"],
      [(line) => line.replace(/"stage":"\w+"/, '"stage":7'), "line 5: expected `stage` as text, got 7"],
      [(line) => line.replace(/"seq":\d+/, '"seq":77'), "line 5: expected the command "],
      [(line) => line.replace(/"shape":\[/, '"shape":[-1,'), "line 5: expected `buffers.0.shape.0` as a whole number"],
      [(line) => line.replace(/"at":/, '"At":1,"at":'), "line 5: expected known keys alone, got `At`"],
    ];
    const at = 4;
    assert.match(lines[at] ?? "", /"seq":\d+.*"shape"/);
    for (const [change, message] of cases) {
      writeFileSync(join(bad, "audit.jsonl"), lines.with(at, change(lines[at] ?? "")).join("\n"));
      for (const args of [
        ["summary"],
        ["trace", "--out", join(root, "trace.json")],
        ["diff", good],
        ["explain", kernel, "--run"],
      ]) {
        const error = await auditCommand([...args, bad], () => undefined).then(
          () => new Error("nothing was thrown"),
          (thrown: Error) => thrown,
        );
        oneLine(error, bad);
        throws(
          () => {
            throw error;
          },
          `${join(bad, "audit.jsonl")}: ${message}`,
        );
      }
    }
  },

  async "ends its readers as soon as they are asked to"() {
    const [header = "", ...lines] = record.toString().trimEnd().split("\n");
    const long = join(root, "long");
    mkdirSync(long);
    let seq = 0;
    const all = Array.from({ length: 100 }, () =>
      lines.map((line) => line.replace(/"seq":\d+/, () => `"seq":${seq++}`)),
    );
    writeFileSync(join(long, "audit.jsonl"), `${[header, ...all.flat()].join("\n")}\n`);
    assert.ok(all.flat().length > 4000);
    for (const args of [
      ["summary", long],
      ["trace", long, "--out", join(root, "t.json")],
      ["diff", long, long],
      ["explain", kernel, "--run", long],
    ]) {
      const controller = new AbortController();
      const reason = new Error("asked to end");
      const printed: string[] = [];
      const running = auditCommand(args, (line) => printed.push(line), controller.signal).then(
        () => undefined,
        (thrown: unknown) => thrown,
      );
      await pause();
      controller.abort(reason);
      assert.is(await running, reason, args[0]);
      assert.equal(printed, []);
    }
  },
});
