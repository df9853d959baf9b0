import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { openGpu } from "../../../src/adapter/openGpu.ts";
import { digestOf } from "../../../src/audit/record/digest.ts";
import { readHeader, readRecord } from "../../../src/audit/record/readRecord.ts";
import type { Line } from "../../../src/audit/record/record.ts";
import { recordAudit } from "../../../src/audit/record/recordAudit.ts";
import type { Recorder, RecorderState } from "../../../src/audit/record/recorder.ts";
import { sha256 } from "../../../src/files/sha256.ts";
import { add, mul } from "../../../src/tensor/ops/elementwise.ts";
import { matmul } from "../../../src/tensor/ops/product/matmul.ts";
import { describe } from "../../support/suite.ts";

const gpu = await openGpu();

async function inFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), "brenier-audit-"));
  try {
    return await work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** y ← x · x + x, a [4, 4] matrix, from an upload to a download. */
async function step(recorder: Recorder | undefined, n: number, scale = 1): Promise<number[]> {
  recorder?.phase({ stage: "autoencoder", epoch: 1, step: n });
  const y = gpu.scope(() => {
    const x = gpu.tensor(
      Array.from({ length: 16 }, (_, i) => scale * (i + n)),
      [4, 4],
    );
    return add(matmul(x, x), x);
  });
  const values = await gpu.read(y);
  y.dispose();
  return [...values];
}

/** Something that belongs to no step. */
async function aside(): Promise<void> {
  const x = gpu.tensor([1], [1]);
  await gpu.read(x);
  x.dispose();
}

const commands = (folder: string): Line[] => [...readRecord(folder)].filter(({ kind }) => kind !== "submit");

describe("recorder", {
  async "writes a header and a line for each command, with what a reader needs"() {
    await inFolder(async (folder) => {
      const recorder = await recordAudit(gpu, { folder });
      const values = await step(recorder, 1);
      const { digest, commands: count } = await recorder.finish();
      assert.match(digest, /^[0-9a-f]{64}$/);
      const header = readHeader(folder);
      assert.is(header.adapter.name, gpu.adapter.name);
      assert.ok(header.peak.gflops > 0.1 && header.peak.gbps > 0.1, JSON.stringify(header.peak));
      const lines = commands(folder);
      assert.is(lines.length, count);
      assert.equal(
        lines.map(({ seq }) => seq),
        lines.map((_, i) => i),
      );
      assert.equal(
        lines.map((line) => ("op" in line ? line.op : line.kind)),
        ["upload", "matmul", "add", "download"],
      );
      const [upload, product, sum, download] = lines;
      assert.ok(upload?.kind === "upload" && product?.kind === "dispatch" && sum?.kind === "dispatch");
      assert.ok(download?.kind === "download");
      assert.is(download.sha256, sha256(new Uint8Array(Float32Array.from(values).buffer)));
      assert.equal([product.stage, product.epoch, product.step], ["autoencoder", 1, 1]);
      assert.is(product.flops, 2 * 4 * 4 * 4);
      assert.is(product.bytes, 2 * 64, "x is bound twice and counted once");
      assert.equal(
        sum.buffers.map(({ name, access, tensor, shape, dtype }) => [name, access, tensor, shape, dtype]),
        [
          ["a", "read", 1, [4, 4], "f32"],
          ["b", "read", 0, [4, 4], "f32"],
          ["y", "read_write", 2, [4, 4], "f32"],
        ],
      );
      assert.is(header.times, product.ns !== undefined);
      assert.ok(product.ns === undefined || product.ns > 0);
      const code = readFileSync(join(folder, "audit", `${product.text}.wgsl`), "utf8");
      assert.is(sha256(code).slice(0, 16), product.text);
      assert.is(product.outputs, undefined);
    });
  },

  async "digests outputs, and changes nothing that is computed"() {
    const bare = await step(undefined, 3);
    await inFolder(async (folder) => {
      const recorder = await recordAudit(gpu, { folder, level: "digests" });
      assert.equal(await step(recorder, 3), bare);
      await recorder.finish();
      const sum = commands(folder).find((line) => line.kind === "dispatch" && line.op === "add");
      assert.ok(sum?.kind === "dispatch");
      const y = sum.outputs?.["y"];
      assert.is(y?.sha256, sha256(new Uint8Array(Float32Array.from(bare).buffer)));
      assert.equal([y?.min, y?.max, y?.nan, y?.inf], [Math.min(...bare), Math.max(...bare), 0, 0]);
      assert.equal(
        y?.values,
        bare.map((value, i) => [i, value]),
      );
    });
  },

  async "gives equal digests to equal runs and another to a run that differs anywhere"() {
    const run = (level: "commands" | "digests", scale: number): Promise<string> =>
      inFolder(async (folder) => {
        const recorder = await recordAudit(gpu, { folder, level });
        for (let n = 1; n <= 3; n++) await step(recorder, n, n === 3 ? scale : 1);
        return (await recorder.finish()).digest;
      });
    for (const level of ["commands", "digests"] as const) {
      const first = await run(level, 1);
      assert.is(await run(level, 1), first);
      assert.is.not(await run(level, 1 + 2 ** -23), first);
    }
  },

  async "thins out numbered steps, whose commands stay in the chain"() {
    const run = (every: number, scale: number): Promise<{ readonly digest: string; readonly steps: unknown[] }> =>
      inFolder(async (folder) => {
        const recorder = await recordAudit(gpu, { folder, every });
        for (let n = 1; n <= 5; n++) await step(recorder, n, n === 3 ? scale : 1);
        recorder.phase({ stage: "codes" });
        await aside();
        const { digest } = await recorder.finish();
        return { digest, steps: [...new Set(commands(folder).map(({ stage, step: n }) => n ?? stage))] };
      });
    const all = await run(1, 1);
    const some = await run(2, 1);
    assert.equal(all.steps, [1, 2, 3, 4, 5, "codes"]);
    assert.equal(some.steps, [2, 4, "codes"]);
    assert.is(some.digest, all.digest);
    assert.is.not((await run(2, 2)).digest, all.digest, "step 3 is not written, but counts");
  },

  async "goes on from a state, and leaves bookkeeping out of the chain"() {
    const whole = await inFolder(async (folder) => {
      const recorder = await recordAudit(gpu, { folder, level: "digests" });
      for (let n = 1; n <= 4; n++) await step(recorder, n);
      return { ...(await recorder.finish()), lines: commands(folder).map(timeless) };
    });
    await inFolder(async (folder) => {
      let recorder = await recordAudit(gpu, { folder, level: "digests" });
      await step(recorder, 1);
      await step(recorder, 2);
      recorder.phase({ stage: "checkpoint" });
      await aside();
      await recorder.drain();
      const state: RecorderState = recorder.state;
      await step(recorder, 3, 5); // goes wrong
      await recorder.rewind(state);
      await step(recorder, 3);
      await recorder.drain();
      recorder.abandon(); // as a killed process would
      recorder = await recordAudit(gpu, { folder, state });
      recorder.phase({ stage: "resume" });
      await aside();
      await step(recorder, 3);
      await step(recorder, 4);
      const { digest, commands: count } = await recorder.finish();
      assert.is(digest, whole.digest);
      assert.is(count, whole.commands);
      assert.equal(
        commands(folder)
          .filter(({ seq }) => seq !== undefined)
          .map(timeless),
        whole.lines,
      );
    });
  },

  async "counts NaN and infinite values by their bits"() {
    const { min, max, mean, nan, inf } = digestOf(
      Float32Array.of(1, Number.NaN, 3, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY).buffer,
      "f32",
    );
    assert.equal([min, max, mean, nan, inf], [1, 3, 2, 1, 2]);
    const none = digestOf(Float32Array.of(Number.NaN).buffer, "f32");
    assert.equal([none.min, none.nan, none.values], [null, 1, [[0, "NaN"]]]);
    assert.is(digestOf(Uint32Array.of(0x7f800001, 7).buffer, "u32").max, 0x7f800001);
  },

  async "leaves the queue as it was"() {
    const told: string[] = [];
    gpu.onCommand = ({ kind }) => void told.push(kind);
    await inFolder(async (folder) => {
      const recorder = await recordAudit(gpu, { folder });
      gpu.scope(() => void mul(gpu.tensor([1], [1]), gpu.tensor([1], [1])));
      await recorder.finish();
    });
    assert.ok(told.includes("dispatch"), "the earlier hook is still told");
    told.length = 0;
    assert.is(gpu.timer, undefined);
    gpu.scope(() => void gpu.tensor([1], [1]));
    assert.equal(told, ["allocate", "upload", "free"]);
    gpu.onCommand = undefined;
  },
});

const timeless = (line: Line): unknown => ({ ...line, at: 0, ns: 0 });
