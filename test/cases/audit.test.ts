// Records that `audit verify` passed although they were cut or changed, damaged ones that ended in
// a stack trace, and what its neighbours overwrote or called by the wrong exit code.
import { cpSync, existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { command, type Result } from "../support/command.ts";
import { describe } from "../support/suite.ts";
import { TINY, tinyFolder } from "../support/tinyRun.ts";

const folder = tinyFolder();
const path = (...names: string[]): string => join(folder, ...names);
for (const [run, wish] of [
  ["run", "--audit=digests"],
  ["thinned", "--audit=every:7"],
] as const) {
  const flags = TINY.filter((flag) => flag !== "--audit");
  const { code, err } = await command(folder, "train", [...flags, wish, "--keep", "all", "--out", run]);
  assert.is(code, 0, err);
}
const record = readFileSync(path("run", "audit.jsonl"), "utf8");
const lines = record.trimEnd().split("\n");
const audit = (...args: readonly string[]): Promise<Result> => command(folder, "audit", args);

/** A copy of a run with one file changed. */
function changed(name: string, change: (text: string) => string | undefined, from = "run"): void {
  rmSync(path("copy"), { recursive: true, force: true });
  cpSync(path(from), path("copy"), { recursive: true });
  const text = change(readFileSync(path("copy", name), "utf8"));
  if (text === undefined) rmSync(path("copy", name));
  else writeFileSync(path("copy", name), text);
}

/** Asserts that a command ended with `code` and this one line on stderr, and printed nothing. */
function assertRefused({ code, out, err }: Result, expected: number, line: RegExp): void {
  assert.match(err, line);
  assert.match(err, /^audit: [^\n]+\n$/);
  assert.is(code, expected);
  assert.is(out, "");
}

describe("audit", {
  async "verify refuses a record that was cut or changed, before it opens a GPU"() {
    const half = lines.slice(0, lines.length >> 1);
    const last = lines.findLastIndex((line) => line.includes('"kind":"dispatch"') && line.includes('"outputs"'));
    let altered = 0;
    const elsewhere = lines.map((line, i) => {
      if (altered === 125 || i < lines.length - 600 || !line.includes('"outputs"')) return line;
      altered++;
      return line
        .replace(/"sha256":"."/, '"sha256":"0"')
        .replace(/("sha256":")(.)/, (_, key, digit) => key + (digit === "0" ? "1" : "0"));
    });
    assert.is(altered, 125);
    for (const [text, message] of [
      [`${lines[0]}\n`, /audit\.jsonl: expected a length of \d+ as copy\/timing\.json says, got \d+;/],
      [`${half.join("\n")}\n`, /expected a length of \d+ as copy\/timing\.json says, got \d+;/],
      [
        `${elsewhere.join("\n")}\n`,
        /expected a hash chain that ends with [0-9a-f]{64} as copy\/timing\.json says, got/,
      ],
      [
        `${lines.with(last, (lines[last] ?? "").replace(/"at":\d/, '"at":9')).join("\n")}\n`,
        /expected (the sha256|a length of)/,
      ],
    ] as const) {
      changed("audit.jsonl", () => text);
      const env = { VK_DRIVER_FILES: "/nonexistent.json", VK_ICD_FILENAMES: "/nonexistent.json" };
      assertRefused(await command(folder, "audit", ["verify", "copy"], { env }), 4, message);
    }
    const flip = (text: string): string =>
      text.replace(/("digest": ")(.)/, (_, key, digit) => key + (digit === "0" ? "1" : "0"));
    for (const run of ["run", "thinned"]) {
      changed("summary.json", flip, run);
      assertRefused(
        await audit("verify", "copy"),
        4,
        /copy\/summary\.json: expected `audit\.digest` to be [0-9a-f]{64} as copy\/timing\.json says/,
      );
    }
    changed("timing.json", () => undefined);
    assertRefused(await audit("verify", "copy"), 4, /expected a file at copy\/timing\.json, got nothing/);
    changed("timing.json", () => '{"seconds": {}, "peakBytes": 1}');
    assertRefused(
      await audit("verify", "copy"),
      4,
      /copy\/timing\.json: expected `audit` as an object, got nothing; older versions/,
    );
  },

  async "verify says how many commands were replayed, only chained, and not covered"() {
    const { code, out, err } = await audit("verify", "run", "--steps", "2..3");
    assert.is(code, 0, err);
    assert.match(out, /^\d+ commands: [1-9]\d* replayed, [1-9]\d* only chained, 0 not covered$/m);
    const thinned = await audit("verify", "thinned", "--steps", "7");
    assert.is(thinned.code, 0, thinned.err);
    const [, ...counts] =
      /^(\d+) commands: (\d+) replayed, (\d+) only in the sha256 of the file, (\d+) not covered \(every:7\)$/m.exec(
        thinned.out,
      ) ?? [];
    const [all = 0, replayed = 0, held = 0, uncovered = 0] = counts.map(Number);
    assert.ok(replayed > 0 && held > 0 && uncovered > all / 2, thinned.out);
    assert.is(replayed + held + uncovered, all);
  },

  async "verify holds a run that is not finished to its last checkpoint"() {
    changed("summary.json", () => undefined);
    const { code, out, err } = await audit("verify", "copy", "--steps", "2");
    assert.is(code, 0, err);
    const counts =
      /^(\d+) commands: (\d+) replayed, (\d+) only chained, (\d+) not covered \(the run is not finished\)$/m;
    const [, all = 0, replayed = 0, held = 0, uncovered = 0] = (counts.exec(out) ?? []).map(Number);
    assert.ok(replayed > 0 && held > uncovered && uncovered > 0, out);
    assert.is(replayed + held + uncovered, all);
    writeFileSync(path("copy", "audit.jsonl"), `${lines.slice(0, lines.length >> 1).join("\n")}\n`);
    assertRefused(
      await audit("verify", "copy"),
      4,
      /expected a length of at least \d+ as copy\/checkpoint-\d+\.safetensors says, got \d+;/,
    );
    const resumed = await command(folder, "train", ["--resume", "copy"]);
    assert.is(resumed.code, 4, resumed.err);
    assert.match(
      resumed.err,
      /\ntrain: copy\/audit\.jsonl: expected at least the \d+ bytes of the last checkpoint, got \d+;[^\n]*\n$/,
    );
  },

  async "verify takes steps that the training does not have as wrong usage"() {
    assertRefused(
      await audit("verify", "run", "--steps", "30..40"),
      2,
      /verify: expected steps up to 20, got 40; see config\.json; see --help/,
    );
  },

  async "a damaged record is refused with the number of the line"() {
    changed("audit.jsonl", () => lines.with(3, '{"seq":2,"at":1,"kind":"dispatch"').join("\n"));
    const message = /copy\/audit\.jsonl: line 4: expected JSON: /;
    assertRefused(await audit("summary", "copy"), 4, message);
    assertRefused(await audit("diff", "run", "copy"), 4, message);
    assertRefused(await audit("trace", "copy", "--out", "damaged.json"), 4, message);
    assertRefused(await audit("explain", "adam", "--run", "copy"), 4, message);
    assertRefused(await audit("verify", "copy"), 4, /copy\/audit\.jsonl: expected a length of/);
    assert.not.ok(existsSync(path("damaged.json")));
  },

  async "trace overwrites nothing"() {
    writeFileSync(path("mine.json"), "mine");
    assertRefused(
      await audit("trace", "run", "--out", "mine.json"),
      2,
      /trace: expected a new file for --out, got mine\.json, which exists;/,
    );
    assert.is(readFileSync(path("mine.json"), "utf8"), "mine");
  },
});
