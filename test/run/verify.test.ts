// Small runs, recorded and replayed through the command line, with kernels that compute something
// else planted in copies of the build.
import { spawn } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { writeDigits } from "../support/digits.ts";
import { describe } from "../support/suite.ts";

const root = process.cwd();
const good = join(root, "dist");
const folder = mkdtempSync(join(tmpdir(), "brenier-verify-"));
const builds: string[] = [];
process.once("exit", () => {
  for (const path of [folder, ...builds]) rmSync(path, { recursive: true, force: true });
});
writeDigits(folder, 40, 10);

interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

function node(...args: readonly string[]): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, { cwd: folder, stdio: ["ignore", "pipe", "pipe"] });
    let [out, err] = ["", ""];
    child.stdout.on("data", (data: Buffer) => {
      out += data;
    });
    child.stderr.on("data", (data: Buffer) => {
      err += data;
    });
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, out, err: err.replace(/^Warning: max.*\n/gm, "") }));
  });
}

const record = async (dist: string, out: string): Promise<void> => {
  const { code, err } = await node(join(root, ".test-build/test/support/recordedRun.js"), dist, out, "mnist");
  assert.is(code, 0, err);
};
const audit = (dist: string, ...args: readonly string[]) => node(join(dist, "audit.js"), ...args);

/**
 * A copy of the build in which `from` stands as `to` in a kernel's text; inside the repository, so
 * that packages are found.
 */
function plant(name: string, from: string, to: string): string {
  const dist = join(root, ".test-build", `planted-${name}`);
  builds.push(dist);
  cpSync(good, dist, { recursive: true });
  const path = join(dist, "kernels", "shaders.generated.js");
  const text = readFileSync(path, "utf8");
  const start = text.indexOf(`export const ${name} = {`);
  const at = text.indexOf(from, start);
  assert.ok(start >= 0 && at > start, `${name} has ${from}`);
  writeFileSync(path, text.slice(0, at) + to + text.slice(at + from.length));
  return dist;
}

const sound = record(good, "sound");

describe("verify", {
  async "passes a sound run, over all ops of the default model and the kernels of the transport"() {
    await sound;
    const { code, out, err } = await audit(good, "verify", "sound");
    assert.is(code, 0, err);
    for (const op of [
      "conv2d",
      "conv2dBias",
      "conv2dTranspose",
      "conv2dTransposeBias",
      "conv2dWeightGrad",
      "biasAdd",
      "matmul",
      "sum",
      "batchNormTraining",
      "batchNormGradient",
      "affine",
      "reluGrad",
      "loss",
      "lossGradient",
      "sigmoid",
      "reshape",
      "adam",
      "draw",
      "assign",
      "topK",
    ]) {
      assert.match(out, new RegExp(`^${op} \\(`, "m"), op);
    }
    assert.match(out, /^[1-9]\d* commands have the bytes of the record$/m);
    assert.match(out, /^verified: [1-9]\d* outputs within their tolerances$/m);
    const [, commands, replayed, chained] =
      /^(\d+) commands: (\d+) replayed, (\d+) only chained, 0 not covered$/m.exec(out) ?? [];
    assert.is(Number(replayed) + Number(chained), Number(commands));
    assert.ok(Number(replayed) > 0 && Number(chained) > 0, out);
    const steps = await audit(good, "verify", "sound", "--steps", "3..4");
    assert.is(steps.code, 0, steps.err);
    assert.match(steps.out, /step 4 of the training/);
    for (const range of ["9", "3..6", "30..40"]) {
      const beyond = await audit(good, "verify", "sound", "--steps", range);
      assert.match(beyond.err, /^audit: verify: expected steps up to 5, got \d+; see config\.json; see --help\n$/);
      assert.is(beyond.code, 2);
    }
  },

  async "catches a planted wrong kernel by op, shape and element"() {
    const dist = plant("biasAdd", "let v = x[i] + bias;", "let v = 1.001 * (x[i] + bias);");
    await record(dist, "wrong");
    const { code, err } = await audit(dist, "verify", "wrong");
    assert.is(code, 1);
    assert.match(
      err,
      /^audit: verify: biasAdd \(biasAdd\) in step 1 of the training: y \[8, 256\] at \[\d+, \d+\]: got \S+, expected \S+; relative error \S+, allowed \S+$/m,
    );
    await sound;
    const parted = await audit(good, "verify", "wrong");
    assert.is(parted.code, 1);
    assert.match(
      parted.err,
      /^audit: verify: the replay parts from the record at command \d+, biasAdd \(biasAdd\) in autoencoder, epoch 1, step 1: text differs/m,
    );
    const { code: differs, out } = await audit(good, "diff", "sound", "wrong");
    assert.is(differs, 1);
    assert.match(
      out,
      /the runs part at command \d+: text differs\nA {2}biasAdd \(biasAdd\) in autoencoder, epoch 1, step 1\n/,
    );
  },

  async "says what the driver refuses in one line, and all of it with --verbose"() {
    const dist = plant("biasAdd", "let v = x[i] + bias;", "let v = x[i] + bia;");
    await sound;
    const { code, err } = await audit(dist, "verify", "sound");
    assert.is(code, 1);
    assert.match(
      err,
      /^audit: gpu: Error while parsing WGSL: [^\n]*'bia'[^\n]* in biasAdd \(biasAdd [^\n]*; --verbose tells more\n$/,
    );
    const { code: again, err: all } = await audit(dist, "verify", "sound", "--verbose");
    assert.is(again, 1);
    assert.is(all.split("\n")[0], err.replace("; --verbose tells more\n", ""));
    assert.match(all, /\n +let v = x\[i\] \+ bia;\n[\s\S]* - While calling \[Device\]/);
  },

  async "catches a planted assignment to cells"() {
    const family = JSON.parse(readFileSync(join(folder, "sound", "audit.jsonl"), "utf8").split("\n")[0] ?? "").kernels;
    const name = { subgroup: "assignSubgroup", portable: "assignPortable", tiled: "assignTiled" }[
      family.family as "subgroup"
    ];
    const from =
      name === "assignPortable"
        ? "let s = score[i / 4][i % 4];"
        : name === "assignSubgroup"
          ? "let s = score[i];"
          : "let s = score[i * 8 + c * 2 + j];";
    const dist = plant(name, from, from.replace("= ", "= 1.001 * "));
    await record(dist, "assigned");
    const { code, err } = await audit(dist, "verify", "assigned");
    assert.is(code, 1);
    assert.match(
      err,
      new RegExp(
        `^audit: verify: assign \\(${name}\\) in the first step of the transport: maxScore \\[\\d+\\] at`,
        "m",
      ),
    );
  },

  async "passes a run that asked for sign flips of its own, whose pilots are other ones than by default"() {
    await sound;
    const flags = ["--data", "mnist", "--epochs", "1", "--batch", "8", "--latent", "6", "--chi2", "0.5", "--no-report"];
    for (const flips of ["0", "2"]) {
      const run = `flips-${flips}`;
      const trained = await node(join(good, "train.js"), ...flags, "--flips", flips, "--audit", "--out", run);
      assert.is(trained.code, 0, trained.err);
      const { code, err } = await audit(good, "verify", run);
      assert.is(code, 0, err);
    }
  },

  async "catches a planted assignment of flipped points"() {
    const { kernels } = JSON.parse(readFileSync(join(folder, "sound", "audit.jsonl"), "utf8").split("\n")[0] ?? "");
    const [name, from, to] =
      kernels.family === "subgroup"
        ? (["flipsSubgroup", "height[i] - V", "height[i] + V"] as const)
        : (["flipsPortable", "above - sums", "above + sums"] as const);
    const dist = plant(name, from, to);
    await record(dist, "flipped");
    const { code, err } = await audit(dist, "verify", "flipped");
    assert.is(code, 1);
    const message = `^audit: verify: assign \\(${name}\\) in the first step of the transport: (eight|best) \\[\\d+\\] at`;
    assert.match(err, new RegExp(message, "m"));
  },
});
