import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { doctorCommand } from "../../src/cli/doctorCommand.ts";
import { command } from "../support/command.ts";
import { describe } from "../support/suite.ts";

const folder = mkdtempSync(join(tmpdir(), "brenier-doctor-"));
process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
const doctor = (args: readonly string[], env: Record<string, string> = {}) =>
  command(folder, "doctor", args, { env: { BRENIER_CACHE: join(folder, "cache"), ...env } });

describe("doctor", {
  async "prints the adapter, its limits, the kernels and why, the self-test and versions"() {
    const { code, out, err } = await doctor([], { LP_NUM_THREADS: "3" });
    assert.is(code, 0, err);
    assert.is(err, "");
    const rows = [
      "adapter",
      "driver",
      "kind",
      "features",
      "limits {5}maxBufferSize \\d+",
      " +maxStorageBufferBindingSize \\d+",
      " +maxComputeWorkgroupStorageSize \\d+",
      "kernels {4}\\S",
      "self-test  passed in [\\d.]+ ms",
      "versions {3}brenier \\d+\\.\\d+\\.\\d+, node \\d+\\.\\S+, webgpu \\d",
    ];
    for (const row of rows) assert.match(out, new RegExp(`^${row}`, "m"));
    if (out.includes("CPU driver")) {
      assert.match(out, /LP_NUM_THREADS 3$/m);
      assert.match(out, /^kernels {4}(subgroup|portable), by the kind of adapter$/m);
      assert.not.match(out, /GFLOP/);
    }
  },

  async "--json is one record, and BRENIER_FAMILY decides"() {
    const { code, out, err } = await doctor(["--json"], { BRENIER_FAMILY: "portable" });
    assert.is(code, 0, err);
    const report = JSON.parse(out);
    assert.equal(report.kernels, { kernels: { family: "portable" }, by: "environment" });
    assert.is(report.cache, join(folder, "cache", "kernels.json"));
    assert.ok(report.selfTestMs > 0 && report.limits.maxBufferSize > 0 && report.adapter.name !== "");
    assert.equal(Object.keys(report.versions), ["brenier", "node", "webgpu"]);
  },

  async "--retune measures"() {
    const { code, out, err } = await doctor(["--retune"]);
    assert.is(code, 0, err);
    assert.match(out, /^measured {3}GFLOP\/s +\d+x\d+x\d+ {2}\d+x\d+x\d+ transposed {2}\d+x64x\d+\n {11}\w+ +\d+\.\d/m);
  },

  async "--retune ends as soon as it is asked to, at whatever point"() {
    for (const turns of [0, 1, 5, 20, 80, 320]) {
      const controller = new AbortController();
      const reason = new Error("asked to end");
      const count = (left: number): void => {
        if (left === 0) controller.abort(reason);
        else setImmediate(() => count(left - 1));
      };
      count(turns);
      const thrown = await doctorCommand(["--retune"], controller.signal).then(
        () => undefined,
        (error: unknown) => error,
      );
      assert.is(thrown, reason, `after ${turns} turns of the event loop`);
    }
  },

  async "--help, wrong usage, wrong BRENIER_FAMILY, no adapter"() {
    const help = await doctor(["--help"]);
    assert.match(help.out, /^usage: node dist\/doctor\.js \[flags\]\n[\s\S]*\n {2}--retune {4}measure/);
    assert.match(help.out, /BRENIER_FAMILY {2}subgroup, quads, tiled, portable/);
    const usage = await doctor(["--retune=yes"]);
    assert.match(usage.err, /^doctor: option '--retune' does not take an argument; see --help\n$/);
    assert.is(usage.code, 2);
    const family = await doctor([], { BRENIER_FAMILY: "fast" });
    assert.is(family.err, "doctor: BRENIER_FAMILY: expected subgroup, quads, tiled, portable or nothing, got fast\n");
    assert.is(family.code, 2);
    const none = { VK_DRIVER_FILES: "/nonexistent.json", VK_ICD_FILENAMES: "/nonexistent.json" };
    const { code, out, err } = await doctor(["--json"], none);
    assert.match(err, /^doctor: adapter: expected a WebGPU adapter, Dawn found none;/m);
    assert.is(code, 3);
    assert.is(out, "");
  },
});
