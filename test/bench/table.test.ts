import * as assert from "uvu/assert";
import type { Machine, Row } from "../../bench/row.ts";
import { digits, entries, heading, markdown, table } from "../../bench/table.ts";
import { describe } from "../support/suite.ts";

const machine: Machine = {
  adapter: "a CPU",
  family: "subgroup",
  cpu: true,
  processor: "a core",
  cores: 2,
  load: [1, 0.5, 0.25],
};
const times = (min: number, norm = min / 2) => ({ min, median: 2 * min, norm, cpu: min });
const matmul: Row = {
  name: "matmul",
  shape: "8³",
  flops: 1e9,
  times: times(10),
  peak: { wall: 1e11, norm: 4e11 },
  peers: {
    "tfjs-webgpu": { shipped: times(50), napping: times(40) },
    "jax-js": { reason: "not run" },
    "onnxruntime-webgpu": { shipped: times(30), napping: null },
    "onnxruntime-cpu": { shipped: times(1), napping: null },
  },
};
const copy: Row = { name: "add", shape: "1 M floats", flops: 1e6, bytes: 12e6, times: times(1), peers: {} };
const failed: Row = { name: "conv2d", shape: "", times: null, peers: {} };

const cells = (text: string, row: number): string[] =>
  (text.split("\n")[row] ?? "")
    .split("|")
    .slice(1, -1)
    .map((cell) => cell.trim());

describe("bench: table", {
  "has a head, a rule and a line for each row, all of one width"() {
    const lines = table([matmul, copy, failed], machine).trimEnd().split("\n");
    assert.is(lines.length, 5);
    for (const line of lines) assert.is(line.length, lines[0]?.length);
    assert.match(lines[1] ?? "", /^\|( -+ \|)+$/);
  },
  "shows times, rates, the share of CPU time, peers and the ratio to the best WebGPU peer"() {
    const text = table([matmul], machine);
    assert.equal(cells(text, 0).slice(7), [
      "tfjs-webgpu",
      "jax-js",
      "onnxruntime-webgpu",
      "onnxruntime-cpu",
      "ratio",
      "note",
    ]);
    assert.equal(cells(text, 2), [
      "matmul",
      "8³",
      "10.0 / 20.0",
      "100 GF/s",
      "200 GF/s",
      "400 GF/s",
      "50 %",
      "50.0 (40.0)",
      "not run",
      "30.0",
      "1.00",
      "3.00×",
      "",
    ]);
  },
  "takes the share from wall times where the device is no CPU"() {
    const row = cells(table([matmul], { ...machine, cpu: false }), 2);
    assert.equal(row.slice(3, 7), ["100 GF/s", "", "100 GF/s", "100 %"]);
  },
  "has no peers' columns without peers, bytes in GB/s, and says what failed"() {
    const text = table([copy, failed], machine);
    assert.equal(cells(text, 2), ["add", "1 M floats", "1.00 / 2.00", "12.0 GB/s", "24.0 GB/s", "", "", ""]);
    assert.equal(cells(text, 3).slice(0, 3), ["conv2d", "", "failed"]);
  },
  "three digits of any size"() {
    assert.equal([1234.5, 123.4, 12.34, 0.01234, Number.NaN].map(digits), ["1235", "123", "12.3", "0.0123", "–"]);
  },
  "names the adapter, the family, the load and what did not run"() {
    const lines = heading(machine, ["jax-js: no such package"]);
    assert.is(lines[0], "adapter: a CPU");
    assert.is(lines[1], "kernels: subgroup; a core, 2 cores, load 1.00 0.50 0.25");
    assert.is(lines.at(-1), "not run: jax-js: no such package");
    assert.match(markdown([matmul], machine, []), /^# Results\n\nWritten by `npm run bench`\.\n\n- adapter: a CPU\n/);
  },
});

describe("bench: JSON", {
  "one record for each row"() {
    assert.equal(entries([matmul, failed], machine), [
      {
        name: "matmul",
        shape: "8³",
        adapter: "a CPU",
        family: "subgroup",
        oursMs: 10,
        oursNormMs: 5,
        oursGflops: 100,
        peakShare: 0.5,
        peers: { "tfjs-webgpu": 50, "tfjs-webgpu napping": 40, "onnxruntime-webgpu": 30, "onnxruntime-cpu": 1 },
        ratioToBest: 3,
      },
      {
        name: "conv2d",
        shape: "",
        adapter: "a CPU",
        family: "subgroup",
        oursMs: null,
        oursNormMs: null,
        oursGflops: null,
        peakShare: null,
        peers: {},
        ratioToBest: null,
      },
    ]);
  },
  "no CPU time on a device of its own"() {
    assert.is(entries([matmul], { ...machine, cpu: false })[0]?.oursNormMs, null);
  },
});
