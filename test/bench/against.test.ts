import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import * as assert from "uvu/assert";
import { CASES, VERSION } from "../../bench/against/cases.ts";
import { differing, type Found } from "../../bench/against/measure.ts";
import { LEAST_ROUNDS, rankOf, ratioOf, verdictOf } from "../../bench/against/ratio.ts";
import { entries, heading, type Row, table } from "../../bench/against/table.ts";
import { hostRandom } from "../../src/math/philox.ts";
import { describe } from "../support/suite.ts";
import { throws } from "../support/throws.ts";

const script = (name: string) => import(pathToFileURL(join(process.cwd(), "scripts", name)).href);
const { againstArguments, parseFlags, usage } = await script("bench-flags.mjs");
const { sameDependencies } = await script("checkout.mjs");

const rounds = (ratios: readonly number[]) => ratios.map((ratio, i) => ({ ours: ratio * (i + 1), theirs: i + 1 }));

describe("bench against a revision: ratio", {
  "is the median of the rounds' ratios, whatever the rounds took"() {
    const { ratio, low, high } = ratioOf(rounds([1.4, 1.1, 0.9, 1.2, 1.3, 100, 1.0]));
    assert.ok(Math.abs(ratio - 1.2) <= 1e-12 && Math.abs(low - 0.9) <= 1e-12 && Math.abs(high - 100) <= 1e-9);
    assert.ok(Math.abs(ratioOf(rounds([2, 2, 2, 8, 8, 8])).ratio - 4) <= 1e-12, "between two, their geometric mean");
  },
  "does not change when ours and theirs change places, but for its inverse"() {
    const there = ratioOf(rounds([1.4, 1.1, 0.9, 1.2, 1.3, 1.7, 1.0, 0.7]));
    const back = ratioOf(rounds([1.4, 1.1, 0.9, 1.2, 1.3, 1.7, 1.0, 0.7].map((x) => 1 / x)));
    assert.ok(Math.abs(there.ratio * back.ratio - 1) <= 1e-12);
    assert.ok(Math.abs(there.low * back.high - 1) <= 1e-12 && Math.abs(there.high * back.low - 1) <= 1e-12);
  },
  "ranks are those of published tables of the sign test"() {
    // two-sided 5 %: n, and the critical value plus 1
    const known = { 6: 1, 8: 1, 9: 2, 12: 3, 15: 4, 20: 6, 25: 8, 30: 10, 40: 14, 50: 18, 100: 40 };
    for (const [n, rank] of Object.entries(known)) assert.is(rankOf(Number(n)), rank, n);
    assert.is(rankOf(LEAST_ROUNDS - 1), 0);
    assert.ok(rankOf(1000) > 450 && rankOf(1000) < 500);
  },
  // Seed 1, 2000 experiments of 20 rounds, level .95: the exact chance is .9586 and the bound is 5
  // standard deviations of the count away.
  "the interval covers the true ratio as often as it says"() {
    const random = hostRandom(1, 0);
    let covered = 0;
    for (let i = 0; i < 2000; i++) {
      const { low, high } = ratioOf(rounds(Array.from({ length: 20 }, () => 1.05 * Math.exp(random.normal() ** 3))));
      if (low <= 1.05 && 1.05 <= high) covered++;
    }
    assert.ok(Math.abs(covered / 2000 - 0.9586) <= 5 * Math.sqrt((0.9586 * 0.0414) / 2000), `${covered} of 2000`);
  },
  "is within, above or below 3 %, or undecided"() {
    const verdict = (low: number, high: number) => verdictOf({ ratio: (low + high) / 2, low, high });
    assert.is(verdict(0.97, 1.03), "within 3 %");
    assert.is(verdict(1.01, 1.02), "within 3 %");
    assert.is(verdict(1.031, 1.2), "slower");
    assert.is(verdict(0.5, 0.969), "faster");
    for (const [low, high] of [
      [0.96, 1.01],
      [1.02, 1.04],
      [0.5, 2],
      [Number.NaN, Number.NaN],
    ] as const) {
      assert.is(verdict(low, high), "undecided", `${low} to ${high}`);
    }
  },
  "refuses too few rounds, and times that are none"() {
    throws(() => ratioOf(rounds([1, 1, 1, 1, 1])), "ratio: expected at least 6 rounds, got 5");
    for (const ours of [0, -1, Number.NaN]) {
      const wrong = [...rounds([1, 1, 1, 1, 1]), { ours, theirs: 1 }];
      throws(() => ratioOf(wrong), "ratio: expected times above 0");
    }
  },
});

const ratio = { ratio: 1.0123, low: 0.99, high: 1.025 };
const found: Found = {
  devices: { ours: "a CPU, subgroup", theirs: "a CPU, subgroup" },
  ours: 10,
  theirs: 9.9,
  wall: ratio,
  cpu: { ratio: 1.1, low: 0.98, high: 1.2 },
};
const rows: readonly Row[] = [
  { name: "matmul", found },
  { name: "solve", found: "failed" },
];

describe("bench against a revision: results", {
  "are the same within the tolerance, and equal where the amount of work is told"() {
    const work = { name: "solve", tolerance: 0.25, exact: ["steps"], runs: 1 };
    const results = (height: number, steps: number) => ({
      heights: Float32Array.of(height, 1),
      steps: Float32Array.of(steps),
    });
    assert.is(differing(work, results(1, 300), results(1.1, 300)), null);
    assert.match(differing(work, results(1, 300), results(3, 300)) ?? "", /^heights: element 0 is 1, expected 3/);
    assert.match(differing(work, results(1, 300), results(1, 301)) ?? "", /^steps: element 0 is 300, expected 301/);
    assert.match(differing(work, results(Number.NaN, 300), results(1, 300)) ?? "", /^heights/);
    assert.match(differing(work, results(1, 300), { heights: Float32Array.of(1, 1) }) ?? "", /nothing to compare/);
  },
});

describe("bench against a revision: table", {
  "has the medians, both ratios with their intervals and verdicts"() {
    const cells = table(rows)
      .trimEnd()
      .split("\n")
      .map((line) =>
        line
          .split("|")
          .slice(1, -1)
          .map((cell) => cell.trim()),
      );
    assert.equal(cells[2], [
      "matmul",
      "10.0",
      "9.90",
      "1.012",
      "0.990 to 1.025",
      "within 3 %",
      "1.100",
      "0.980 to 1.200",
      "undecided",
    ]);
    assert.equal(cells[3], ["solve", "", "", "", "", "failed", "", "", ""]);
  },
  "names both revisions, and adapters where they differ"() {
    const head = { ours: "the working tree", theirs: "abc", rounds: 6, processor: "a core", cores: 2, load: [1] };
    const lines = heading(head, rows);
    assert.equal(lines.slice(0, 4), [
      "ours: the working tree",
      "theirs: abc",
      "adapter: a CPU, subgroup",
      "a core, 2 cores, load 1.00",
    ]);
    const other = { ...found, devices: { ours: "a GPU, tiled", theirs: "a GPU, portable" } };
    const line = heading(head, [{ name: "matmul", found: other }])[2];
    assert.is(line, "adapter: a GPU, tiled (theirs: a GPU, portable)");
  },
  "is one record for each case as JSON"() {
    const [good, bad] = entries(rows);
    assert.equal(good, {
      name: "matmul",
      oursMs: 10,
      theirsMs: 9.9,
      wall: { ...ratio, verdict: "within 3 %" },
      cpu: { ratio: 1.1, low: 0.98, high: 1.2, verdict: "undecided" },
    });
    assert.equal(bad, { name: "solve", oursMs: null, theirsMs: null, wall: null, cpu: null, problem: "failed" });
  },
});

describe("bench against a revision: flags", {
  "reads the revision, the rounds and what the bench reads"() {
    assert.equal(parseFlags(["--against", "HEAD~1"]), { only: [], json: null, revision: "HEAD~1", rounds: 20 });
    const args = ["--against=v1", "--rounds", "6", "--only", "conv", "--json", "a.json"];
    const options = parseFlags(args);
    assert.equal(options, { only: ["conv"], json: "a.json", revision: "v1", rounds: 6 });
    const revision = { name: "abc", commit: "abcdef", title: "abc A subject" };
    assert.equal(JSON.parse(againstArguments(options, "the working tree", revision, "/tmp/x").at(-1)), {
      only: ["conv"],
      json: "a.json",
      rounds: 6,
      ours: "the working tree",
      theirs: { name: "abc", title: "abc A subject", folder: "/tmp/x" },
    });
  },
  "are in the help"() {
    for (const flag of ["--against REV", "--rounds N"]) assert.ok(usage.includes(flag), flag);
  },
  "refuses what does not fit together, and revisions that are none, in one line with exit code 2"() {
    for (const args of [
      ["--against"],
      ["--against="],
      ["--rounds", "10"],
      ["--against", "HEAD", "--smoke"],
      ["--against", "HEAD", "--no-peers"],
      ...["5", "1001", "6.5", "-7", "ten", ""].map((n) => ["--against", "HEAD", `--rounds=${n}`]),
      ["--against", "no/such/revision"],
      ["--against=--all"],
    ]) {
      const { status, stdout, stderr } = spawnSync(process.execPath, ["scripts/bench.mjs", ...args], {
        encoding: "utf8",
      });
      assert.equal([status, stdout], [2, ""], args.join(" "));
      assert.match(stderr, /^bench: [^\n]+\n$/, args.join(" "));
    }
  },
});

describe("bench against a revision: what revisions bring", {
  "packages are the same whatever the version of this one"() {
    const lock = (version: string, uvu: string) =>
      JSON.stringify({
        name: "brenier",
        version,
        lockfileVersion: 3,
        packages: { "": { version, dependencies: { uvu } }, "node_modules/uvu": { version: uvu } },
      });
    assert.is(sameDependencies(lock("1", "5"), lock("1", "5")), true);
    assert.is(sameDependencies(lock("1", "5"), lock("2", "5")), true);
    assert.is(sameDependencies(lock("1", "5"), lock("1", "6")), false);
    assert.is(sameDependencies(lock("1", "5"), ""), false);
  },
  "the workloads of 0.1.0 have every case of this version"() {
    const text = readFileSync("bench/against/workloads-0.1.0.mjs", "utf8");
    assert.ok(text.includes(`export const version = ${VERSION};`));
    for (const { name } of CASES) assert.ok(text.includes(`"${name}": `), name);
  },
});
