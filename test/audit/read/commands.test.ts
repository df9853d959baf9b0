import { appendFileSync, cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { openGpu } from "../../../src/adapter/openGpu.ts";
import { compareRecords, describeComparison } from "../../../src/audit/read/diff.ts";
import { summarise } from "../../../src/audit/read/summary.ts";
import { type TraceEvent, traceEvents } from "../../../src/audit/read/trace.ts";
import { readRecord } from "../../../src/audit/record/readRecord.ts";
import { recordAudit } from "../../../src/audit/record/recordAudit.ts";
import { KERNELS } from "../../../src/audit/references/table.ts";
import { add, scale } from "../../../src/tensor/ops/elementwise.ts";
import { matmul } from "../../../src/tensor/ops/product/matmul.ts";
import { command } from "../../support/command.ts";
import { describe } from "../../support/suite.ts";

const folder = mkdtempSync(join(tmpdir(), "brenier-audit-"));
process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
const gpu = await openGpu();

/** Two steps of a product and a sum; the second scales by `factor`. */
async function record(name: string, factor: number): Promise<string> {
  const path = join(folder, name);
  const recorder = await recordAudit(gpu, { folder: path, level: "digests" });
  for (const step of [1, 2]) {
    recorder.phase({ stage: step === 1 ? "first" : "second", step });
    const y = gpu.scope(() => {
      const x = gpu.tensor(
        Array.from({ length: 1600 }, (_, i) => i / 1600),
        [40, 40],
      );
      return scale(add(matmul(x, x), x), step === 1 ? 1 : factor);
    });
    await gpu.read(y);
    y.dispose();
  }
  await recorder.finish();
  return path;
}

const a = await record("a", 1);
const b = await record("b", 1);
const c = await record("c", 2);

describe("audit", {
  async "sums up by kernel and stage"() {
    const { all, kernels, stages, costliest, memory, header } = await summarise(a);
    assert.is(all.flops, 2 * (2 * 40 ** 3 + 1600 + 1600));
    assert.equal(stages.map(({ name }) => name).sort(), ["first", "second"]);
    assert.is(stages[0]?.flops, all.flops / 2);
    const product = kernels.find(({ name }) => name.startsWith("matmul"));
    assert.is(product?.commands, 2);
    assert.is(product?.flops, 4 * 40 ** 3);
    assert.is(
      kernels.reduce((sum, { commands }) => sum + commands, 0),
      all.commands,
    );
    assert.ok(costliest.length >= 3 && costliest.length <= 10);
    assert.ok(memory.every(({ inUse, reserved }) => inUse > 0 && reserved >= inUse));
    if (header.times) assert.ok((product?.share ?? 0) > 0 && (all.ms ?? 0) > 0);
  },

  async "gives a trace that is sorted on the GPU and has every dispatch"() {
    const events: TraceEvent[] = [];
    for await (const event of traceEvents(a)) events.push(event);
    const dispatches = [...readRecord(a)].filter((line) => line.kind === "dispatch" && line.ns !== undefined);
    const spans = events.filter(({ ph }) => ph === "X");
    assert.is(spans.length, dispatches.length);
    for (const [i, { ts }] of spans.entries()) {
      const before = spans[i - 1];
      assert.ok(before === undefined || ts >= before.ts + (before.dur ?? 0) - 1e-6, `span ${i}`);
    }
    assert.ok(events.some(({ ph }) => ph === "C"));
  },

  async "finds where two runs part"() {
    assert.is((await compareRecords(a, b)).difference, undefined);
    const comparison = await compareRecords(a, c);
    assert.is(comparison.equal, 8, "upload, product, sum, scale, download, and the first three of the second step");
    assert.is(comparison.difference?.field, "params");
    const text = describeComparison(comparison).join("\n");
    assert.match(text, /part at command 8: params differs\nA {2}affine \(elementwise\) in second, step 2/);
    // what came of it stands below: every value of c is twice that of a
    const values = [...text.matchAll(/^ {3}\[(\d+)\] {2}(\S+) {2}(\S+)/gm)].slice(0, 8);
    assert.match(text, /\ny \[40, 40\]\nA {2}sha256 [0-9a-f]{64} .*\nB {2}sha256 [0-9a-f]{64} /);
    assert.is(values.length, 8);
    for (const [, index, x, y] of values) assert.is(Number(y), 2 * Number(x), `value ${index}`);
  },

  "an upload's bytes are those that lie on the device afterwards"() {
    const uploads = [...readRecord(a)].flatMap((line) => (line.kind === "upload" ? [line] : []));
    assert.is(uploads.length, 2);
    for (const line of uploads) assert.is(line.outputs?.["to"]?.sha256, line.sha256);
  },

  async "shows both digests and values where outputs differ"() {
    const d = join(folder, "d");
    cpSync(a, d, { recursive: true });
    const path = join(d, "audit.jsonl");
    const lines = readFileSync(path, "utf8").split("\n");
    const at = lines.findIndex((line) => line.includes('"op":"add"'));
    const changed = JSON.parse(lines[at] ?? "") as { outputs: { y: { sha256: string; values: [number, number][] } } };
    changed.outputs.y.sha256 = "0".repeat(64);
    (changed.outputs.y.values[3] as [number, number])[1] = 7;
    lines[at] = JSON.stringify(changed);
    writeFileSync(path, lines.join("\n"));
    const comparison = await compareRecords(a, d);
    assert.is(comparison.difference?.field, "outputs.y");
    const text = describeComparison(comparison).join("\n");
    assert.match(text, /outputs\.y differs\nA {2}add \(elementwise\) in first, step 1\n/);
    assert.match(text, /y \[40, 40\]\nA {2}sha256 [0-9a-f]{64} .*\nB {2}sha256 0{64} /);
    assert.match(text, /\[600\] {2}\S+ {2}7 {2}differs/);
  },

  "has a float64 reference for every kernel"() {
    assert.ok(Object.keys(KERNELS).length > 30);
    for (const [name, { ops, check, files }] of Object.entries(KERNELS)) {
      assert.ok(ops.length > 0 || check !== undefined, `${name} has none`);
      assert.ok(files.length > 0, `${name} names no file`);
      for (const file of files) assert.ok(existsSync(join("src", `${file}.ts`)), file);
    }
  },

  "passes over a torn last line"() {
    const before = [...readRecord(b)].length;
    appendFileSync(join(b, "audit.jsonl"), '{"seq":99,"at":1,"kind":"disp');
    assert.is([...readRecord(b)].length, before);
  },

  async "answers on the command line"() {
    const run = (...args: string[]) => command(folder, "audit", args);
    const summary = await run("summary", "a");
    assert.is(summary.code, 0, summary.err);
    assert.match(summary.out, /^kernel +commands +GPU ms +GFLOP /m);
    assert.is(JSON.parse((await run("summary", "a", "--json")).out).commands, 10);
    assert.match((await run("trace", "a", "--out", "t.json")).out, /^\d+ events in t\.json\n$/);
    assert.ok(Array.isArray(JSON.parse(readFileSync(join(folder, "t.json"), "utf8"))));
    const explained = await run("explain", "elementwise", "--run", "a");
    assert.match(explained.out, /^===== shaders\/elementwise\.wgsl\n\/\/ y = f\(a, b\)/);
    const text = explained.out.split("===== ").find((section) => section.startsWith("elementwise ")) ?? "";
    assert.match(text, /^elementwise [0-9a-f]{16}, ran 2 times\n/);
    assert.match(text, /^const FUNCTION: i32 = \d+; \/\/@constant$/m);
    assert.not.match(text, /\/\/(?!@)/);
    assert.match(
      explained.out,
      /===== float64 reference: tensor\/reference\/elementwise, through the ops equal, [\w, ]*\badd, /,
    );
    const general = await run("explain", "adam");
    assert.match(
      general.out,
      /^===== shaders\/adam\.wgsl\n[\s\S]*===== float64 reference: autograd\/reference\/adam\n[\s\S]*Math\.sqrt/,
    );
    const unknown = await run("explain", "adm");
    assert.is(unknown.code, 2);
    assert.match(unknown.err, /expected a kernel such as adam, .*got adm/);
    const nothing = await run("summary", ".");
    assert.is(nothing.code, 4);
    assert.match(
      nothing.err,
      /expected a record of a run, found none; record one with `node dist\/train.js --audit`\n$/,
    );
    assert.is((await run("sumary", "a")).code, 2);
    assert.is((await run("verify", "a", "--steps", "4..2")).code, 2);
    assert.match((await run("--help")).out, /^usage: node dist\/audit\.js/);
  },
});
