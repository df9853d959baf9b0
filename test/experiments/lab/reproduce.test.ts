// What holds experiments together: parts, results, the report. The experiments here are made up.
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { openGpu } from "../../../src/adapter/openGpu.ts";
import { EXPERIMENTS } from "../../../src/experiments/all.ts";
import { type Experiment, experiment } from "../../../src/experiments/lab/experiment.ts";
import { readResults, report } from "../../../src/experiments/lab/report.ts";
import { type ReproduceOptions, reproduce, workOf } from "../../../src/experiments/lab/reproduce.ts";
import { learningOf } from "../../../src/experiments/pictures/codes.ts";
import { vae } from "../../../src/models/systems/vae.ts";
import type { ImageSource } from "../../../src/models/training/training.ts";
import { points } from "../../../src/ot/points.ts";
import { createProblem } from "../../../src/ot/problem.ts";
import { solve } from "../../../src/ot/solver/solver.ts";
import { encodePng } from "../../../src/pictures/imageGrid.ts";
import { command } from "../../support/command.ts";
import { writeDigits } from "../../support/digits.ts";
import { describe } from "../../support/suite.ts";
import { rejects } from "../../support/throws.ts";

const gpu = await openGpu();
const root = mkdtempSync(join(tmpdir(), "brenier-reproduce-"));
process.once("exit", () => rmSync(root, { recursive: true, force: true }));

/**
 * An experiment of two parts that counts how often each is done; the second fails as long as
 * `broken` is set.
 */
function twoParts(): { readonly made: Experiment; readonly done: string[]; broken: boolean } {
  const state = {
    done: [] as string[],
    broken: false,
    made: experiment<{ readonly size: number }>({
      name: "two-parts",
      title: "Do parts stay?",
      data: [],
      configs: { cpu: { size: 1 }, gpu: { size: 2 } },
      work: ({ size }) => 1e9 * size,
      async run(workspace, { size }) {
        const first = await workspace.part("first", async () => {
          state.done.push("first");
          return { value: size + 0.25 };
        });
        const second = await workspace.part("second", async () => {
          if (state.broken) throw new Error("broken");
          state.done.push("second");
          return { value: first.value + workspace.seed };
        });
        const pixels = new Uint8Array(16).fill(9);
        const file = workspace.picture("dark", encodePng({ height: 4, width: 4, channels: 1, pixels }));
        return {
          tables: [
            {
              title: "Values",
              columns: [
                { name: "value", digits: 2 },
                { name: "value", digits: 1, published: "Someone 1999" },
              ],
              rows: [
                [second.value, null],
                ["none", 3],
              ],
            },
          ],
          claims: [
            { claim: "value", required: "≥ 2", reached: String(second.value), met: second.value >= 2 },
            { claim: "other", required: "0", reached: "1", met: false, cause: "it is 1" },
          ],
          pictures: [{ file, caption: "A dark picture." }],
        };
      },
    }),
  };
  return state;
}

const silent = { update() {}, begin() {}, end() {} };
const optionsOf = (folder: string, made: Experiment): ReproduceOptions => ({
  gpu,
  folder,
  dataRoot: join(root, "data"),
  seed: 1,
  progress: silent,
  signal: new AbortController().signal,
  experiments: [made],
  names: [made.name],
  profile: "cpu",
});

describe("reproduce", {
  async "a finished part is never done again, and a finished experiment neither"() {
    const state = twoParts();
    const options = optionsOf(join(root, "parts"), state.made);
    const lines: string[] = [];
    const told = { ...options, progress: { ...silent, end: (line?: string) => lines.push(line ?? "") } };
    state.broken = true;
    await rejects(reproduce(told), "broken");
    assert.not.ok(existsSync(join(root, "parts", "results", "two-parts.json")));
    assert.match(lines[0] ?? "", /^two-parts: about /);
    assert.match(lines[1] ?? "", /^about .* in all at /);
    state.broken = false;
    lines.length = 0;
    await reproduce(told);
    assert.match(lines[0] ?? "", /^two-parts: at most /);
    assert.match(lines[1] ?? "", /^at most .* in all at /);
    assert.equal(state.done, ["first", "second"]);
    await reproduce(options);
    assert.equal(state.done, ["first", "second"]);
  },

  async "the report says what JSON says: numbers with their digits, published ones marked, missed claims with their cause"() {
    const folder = join(root, "report");
    const publish = join(root, "published");
    await reproduce({ ...optionsOf(folder, twoParts().made), publish });
    const text = readFileSync(join(publish, "RESULTS.md"), "utf8");
    for (const line of [
      "2 claims were put to the test, 1 reached, 1 missed",
      "| value | *published* value (Someone 1999) |",
      "| 2.25 | – |",
      "| none | 3.0 |",
      "| value | ≥ 2 | 2.25 | reached |",
      "| other | 0 | 1 | **missed**: it is 1 |",
      "![A dark picture.](docs/results/two-parts-dark.png)",
      `brenier ${JSON.parse(readFileSync("package.json", "utf8")).version}`,
    ])
      assert.ok(text.includes(line), line);
    assert.ok(existsSync(join(publish, "docs", "results", "two-parts-dark.png")));
    assert.is(text, report(readResults(join(publish, "docs", "results"), ["two-parts"]), "docs/results"));
  },

  async "a folder of another version, profile or seed is refused, a part of another config too, beside a result or not"() {
    const folder = join(root, "other");
    const { made } = twoParts();
    const options = optionsOf(folder, made);
    await reproduce(options);
    await rejects(reproduce({ ...options, seed: 2 }), "config.json: expected the seed 2, got 1; choose another --out");
    await rejects(reproduce({ ...options, profile: "gpu" }), "expected the profile gpu, got cpu");
    const path = join(folder, "config.json");
    writeFileSync(path, readFileSync(path, "utf8").replace(/"brenier": "[^"]+"/, '"brenier": "0.0.1"'));
    await rejects(reproduce(options), "got 0.0.1; choose another --out");
    writeFileSync(path, "{");
    await rejects(reproduce(options), "config.json: expected JSON");
    rmSync(path);
    const other = { ...made, config: () => ({ size: 3 }) };
    for (const file of ["nothing", join("results", "two-parts.json")]) {
      rmSync(join(folder, file), { force: true });
      await rejects(
        reproduce({ ...options, experiments: [other] }),
        "first.json: expected a part of this version, config and seed",
      );
    }
  },

  async "a result of another config is measured anew"() {
    const folder = join(root, "anew");
    const state = twoParts();
    const options = optionsOf(folder, state.made);
    await reproduce(options);
    rmSync(join(folder, "parts"), { recursive: true });
    const lines: string[] = [];
    const other = { ...state.made, config: () => ({ size: 3 }) };
    const progress = { ...silent, end: (line?: string) => lines.push(line ?? "") };
    await reproduce({ ...options, experiments: [other], progress });
    assert.not.ok(lines.some((line) => line.endsWith("done before")));
    assert.equal(state.done, ["first", "second", "first", "second"]);
    assert.equal(readResults(join(folder, "results"), ["two-parts"])[0]?.config, { size: 3 });
  },

  async "stopped within a training or a transport, it goes on there, and finds what it would have found"() {
    const images: ImageSource = {
      count: 20,
      batch: (indices) => Float32Array.from({ length: 16 * indices.length }, (_, i) => (1 + Math.sin(i * i)) / 2),
    };
    const targets = points(
      "targets",
      Float32Array.from({ length: 320 }, (_, i) => Math.sin(i * i)),
      8,
    );
    interface Stop {
      readonly within: "training" | "transport";
      /** Calls of `onStep`, of which the last one finds the signal aborted. */
      readonly calls: number;
    }
    const found = async (folder: string, stop?: Stop, damaged = false): Promise<unknown> => {
      const controller = new AbortController();
      const calls = { training: 0, transport: 0 };
      const called = (within: Stop["within"]): void => {
        calls[within]++;
        if (within === stop?.within && calls[within] === stop.calls) controller.abort(new Error("stopped"));
      };
      const steps: number[] = [];
      const made = experiment({
        name: "long",
        title: "Long",
        data: [],
        configs: { cpu: {}, gpu: {} },
        work: () => 1,
        async run(workspace) {
          const drawn = await workspace.part("trained", () =>
            workspace.training("VAE", workspace.file("VAE", {}), async (options) => {
              const system = await vae(workspace.engine, { height: 4, width: 4, channels: 1, latent: 2 }).train(
                images,
                {
                  epochs: 4,
                  batch: 5,
                  seed: 1,
                  ...options,
                  onStep: (training) => {
                    steps.push(training.step);
                    called("training");
                    return options.onStep?.(training);
                  },
                },
              );
              const sample = [...(await system.sample({ count: 1, seed: 1 }))];
              system.dispose();
              return sample;
            }),
          );
          const heights = await workspace.part("solved", () =>
            workspace.solving(40, workspace.file("solved", {}), async (options) => {
              const solution = await solve(workspace.gpu, createProblem(targets), {
                chi2: 0.3,
                seed: 1,
                ...options,
                onStep: (progress) => {
                  called("transport");
                  return options.onStep?.(progress);
                },
              });
              return [...solution.heights];
            }),
          );
          const rows = [drawn, heights].map((values) => [JSON.stringify(values)]);
          return { tables: [{ title: "long", columns: [{ name: "values" }], rows }], claims: [], pictures: [] };
        },
      });
      const options = optionsOf(folder, made);
      if (stop !== undefined) await rejects(reproduce({ ...options, signal: controller.signal }), "stopped");
      const lines: string[] = [];
      if (damaged) {
        const [name = ""] = readdirSync(join(folder, "trained")).filter((each) => each.endsWith(".state"));
        const bytes = readFileSync(join(folder, "trained", name));
        bytes[bytes.length - 1] = (bytes.at(-1) as number) ^ 1;
        writeFileSync(join(folder, "trained", name), bytes);
      }
      await reproduce({ ...options, progress: { ...silent, end: (line) => lines.push(line) } });
      assert.is(
        lines.some((line) => line.startsWith("damaged state: ")),
        damaged,
      );
      const expected = Array.from({ length: 17 }, (_, i) => i);
      // the step that it stopped before comes twice
      if (stop?.within === "training")
        expected.splice(stop.calls, 0, ...expected.slice(damaged ? 0 : stop.calls - 1, stop.calls));
      assert.equal(steps, expected);
      assert.equal(
        readdirSync(join(folder, "trained")).filter((name) => name.endsWith(".state")),
        [],
      );
      return readResults(join(folder, "results"), ["long"])[0]?.findings.tables;
    };
    const whole = await found(join(root, "whole"));
    assert.equal(await found(join(root, "in-training"), { within: "training", calls: 8 }), whole);
    assert.equal(await found(join(root, "in-transport"), { within: "transport", calls: 6 }), whole);
    assert.equal(await found(join(root, "damaged"), { within: "training", calls: 8 }, true), whole);
  },

  async "a number that JSON cannot hold is refused, and nothing is written"() {
    const nan = experiment({
      name: "nan",
      title: "NaN",
      data: [],
      configs: { cpu: {}, gpu: {} },
      work: () => 1,
      async run(workspace) {
        await workspace.part("bad", async () => ({ value: Number.NaN }));
        return { tables: [], claims: [], pictures: [] };
      },
    });
    await rejects(reproduce(optionsOf(join(root, "nan"), nan)), "expected finite numbers, got NaN as `value`");
    assert.not.ok(existsSync(join(root, "nan", "parts", "nan", "bad.json")));
  },

  "every experiment has a name of its own, a config of plain JSON and work in both profiles"() {
    const names = EXPERIMENTS.map(({ name }) => name);
    assert.is(new Set(names).size, names.length);
    for (const each of EXPERIMENTS) {
      for (const profile of ["cpu", "gpu"] as const) {
        const config = each.config(profile);
        assert.equal(JSON.parse(JSON.stringify(config)), config);
        assert.ok(each.work(profile) > 0 && each.work(profile) < 1e18, each.name);
        assert.equal(JSON.parse(JSON.stringify(each.shares(profile))), each.shares(profile));
      }
    }
  },
});

describe("workOf", {
  "for two cores, at 40 GFLOP/s, no experiment is work for more than two hours, and all for six"() {
    const seconds = workOf(EXPERIMENTS, "cpu").map((work) => work / 40e9);
    for (const [i, each] of EXPERIMENTS.entries())
      assert.ok(Number(seconds[i]) <= 7200, `${each.name}: ${seconds[i]} s`);
    const all = seconds.reduce((sum, each) => sum + each, 0);
    assert.ok(all <= 6 * 3600, `${all} s`);
  },

  "what is shared counts once, and not where it is trained"() {
    const shared = { kind: "classifier", key: { data: "x" }, work: 100 };
    const both = ["a", "b"].map((name) => ({ ...twoParts().made, name, work: () => 1, shares: () => [shared] }));
    assert.equal(workOf(both, "cpu"), [101, 1]);
    assert.equal(
      workOf(both, "cpu", ({ kind }) => kind === "classifier"),
      [1, 1],
    );
  },
});

describe("node dist/reproduce.js", {
  async "names every experiment in its help; an unknown one and a missing set are told in one line"() {
    const help = await command(root, "reproduce", ["--help"]);
    assert.is(help.code, 0);
    for (const { name } of EXPERIMENTS) assert.match(help.out, name);
    const unknown = await command(root, "reproduce", ["mnist-10"]);
    assert.is(unknown.code, 2);
    assert.match(
      unknown.err,
      /^reproduce: expected an experiment among .*, got mnist-10; did you mean mnist-10k\?; see --help\n$/,
    );
    const missing = await command(root, "reproduce", ["mnist-10k"]);
    assert.is(missing.code, 4);
    assert.match(
      missing.err,
      /^reproduce: verify: data\/mnist: .* is missing.*; run `node dist\/data\.js fetch mnist --dir data\/mnist`\n$/,
    );
    writeDigits(root, 30, 20);
    const other = await command(root, "reproduce", ["mnist-10k"]);
    assert.is(other.code, 4);
    assert.match(other.err, /^reproduce: verify: data\/mnist: train-images-idx3-ubyte differs from mnist's, .*\n$/);
    assert.not.ok(existsSync(join(root, "runs")));
  },

  async "a set that is too small for an experiment is told with its numbers"() {
    writeDigits(root, 30, 20);
    const small = experiment({
      name: "small",
      title: "Small",
      data: ["mnist"],
      configs: { cpu: {}, gpu: {} },
      work: () => 1,
      async run(workspace) {
        await learningOf(workspace, { data: "mnist", images: 40, epochs: 1, batch: 5, latent: 2 });
        return { tables: [], claims: [], pictures: [] };
      },
    });
    await rejects(
      reproduce(optionsOf(join(root, "small"), small)),
      "mnist: expected at least 40 training and 200 test images, got 30 and 20; fetch the whole set",
    );
  },
});
