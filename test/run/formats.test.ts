// Files of brenier 0.1.0: those whose content is what it was are read, all others are refused by
// the name of their format. The bytes are written here as that version wrote them, without this
// one's code.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { openGpu } from "../../src/adapter/openGpu.ts";
import { readHeader, readRecord } from "../../src/audit/record/readRecord.ts";
import { readResults } from "../../src/experiments/lab/report.ts";
import { decodeCheckpoint } from "../../src/run/checkpoint.ts";
import { readCheckpoint } from "../../src/run/checkpoints.ts";
import { loadClassifier } from "../../src/run/classifierFile.ts";
import { loadModel } from "../../src/run/modelFile.ts";
import { decodeState } from "../../src/run/stateFile.ts";
import { loadTransport } from "../../src/run/transportFile.ts";
import { command } from "../support/command.ts";
import { describe } from "../support/suite.ts";
import { throws } from "../support/throws.ts";

const root = mkdtempSync(join(tmpdir(), "brenier-formats-"));
process.once("exit", () => rmSync(root, { recursive: true, force: true }));
const gpu = await openGpu();

type Data = Float32Array | Float64Array;

/** A safetensors file by the rules of the format: length and JSON of the header, then the data. */
function safetensors(
  tensors: Readonly<Record<string, readonly [shape: readonly number[], data: Data]>>,
  metadata: Readonly<Record<string, string>>,
): Uint8Array {
  let at = 0;
  const entries = Object.entries(tensors).map(([name, [shape, data]]) => {
    const begin = at;
    at += data.byteLength;
    return [name, { dtype: data instanceof Float64Array ? "F64" : "F32", shape, data_offsets: [begin, at] }];
  });
  let json = JSON.stringify({ __metadata__: metadata, ...Object.fromEntries(entries) });
  while (Buffer.byteLength(json) % 8 !== 0) json += " ";
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(Buffer.byteLength(json)));
  const bytes = Object.values(tensors).map(([, data]) => Buffer.from(data.buffer, data.byteOffset, data.byteLength));
  return Uint8Array.from(Buffer.concat([length, Buffer.from(json), ...bytes]));
}

const filled = (shape: readonly number[], scale: number): Float32Array =>
  Float32Array.from({ length: shape.reduce((product, n) => product * n, 1) }, (_, i) => scale * Math.sin(i));

/** The parameters of the small network for pictures of 4 × 4 pixels and codes of dimension 2. */
const SHAPES: Readonly<Record<string, readonly number[]>> = {
  "conv1.w": [4, 4, 1, 32],
  "conv1.b": [32],
  "conv2.w": [4, 4, 32, 64],
  "conv2.b": [64],
  "dense1.w": [64, 256],
  "dense1.b": [256],
  "dense2.w": [256, 2],
  "dense2.b": [2],
  "undense1.w": [2, 256],
  "undense1.b": [256],
  "undense2.w": [256, 64],
  "undense2.b": [64],
  "unconv1.w": [4, 4, 32, 64],
  "unconv1.b": [32],
  "unconv2.w": [4, 4, 1, 32],
  "unconv2.b": [1],
};

const CONFIG = {
  version: "0.1.0",
  profile: "cpu",
  data: "mnist",
  limit: 3,
  epochs: 1,
  batch: 2,
  learningRate: 0.002,
  model: { height: 4, width: 4, channels: 1, latent: 2 },
  source: "gaussian",
  chi2: 0.02,
  theta: 0.7,
  extension: "facet",
  samples: 5,
  seed: 1,
};

/** The folder of a finished run, with other formats where they are given. */
function oldRun(name: string, formats: { readonly model?: string; readonly transport?: string } = {}): string {
  const folder = join(root, name);
  mkdirSync(folder);
  const model = Object.entries(SHAPES).map(([key, shape]) => [key, [shape, filled(shape, 0.3)]] as const);
  writeFileSync(
    join(folder, "model.safetensors"),
    safetensors(
      {
        ...Object.fromEntries(model),
        "code.mean": [[2], Float32Array.of(0.1, -0.1)],
        "code.variance": [[2], Float32Array.of(1, 2)],
        sharpening: [[1], Float32Array.of(1.5)],
      },
      { format: formats.model ?? "brenier.autoencoder.1" },
    ),
  );
  writeFileSync(
    join(folder, "transport.safetensors"),
    safetensors(
      {
        targets: [[3, 2], Float32Array.of(1, 0, -1, 0.5, 0, -1)],
        heights: [[3], Float64Array.of(0.1, -0.1, 0)],
        masses: [[3], Float64Array.of(1 / 3, 1 / 3, 1 / 3)],
      },
      { format: formats.transport ?? "brenier.transport.1", source: "gaussian" },
    ),
  );
  writeFileSync(join(folder, "config.json"), JSON.stringify(CONFIG));
  return folder;
}

const checkpoint = safetensors(
  { "state.training.learners.autoencoder.parameters": [[2], Float32Array.of(1, 2)] },
  { format: "brenier.checkpoint.2", state: '{"step":3}', sha256: "0".repeat(64) },
);

describe("formats", {
  async "a finished run of 0.1.0 is read, and generate draws from it"() {
    const folder = oldRun("run");
    const { model, calibration } = loadModel(join(folder, "model.safetensors"), gpu, CONFIG.model);
    assert.is(calibration.sharpening, 1.5);
    assert.equal(await gpu.read(model.parameters.named["dense2.w"] as never), filled([256, 2], 0.3));
    const map = loadTransport(join(folder, "transport.safetensors"), gpu, 2);
    assert.equal([...map.heights], [0.1, -0.1, 0]);
    map.dispose();
    const { code, err } = await command(root, "generate", ["run", "--count", "5", "--out", "five.npy"]);
    assert.is(code, 0, err);
  },

  async "a model or a transport of another format is refused by name"() {
    for (const [part, format] of [
      ["model", "brenier.autoencoder.9"],
      ["transport", "brenier.transport.9"],
    ] as const) {
      oldRun(`other-${part}`, { [part]: format });
      const { code, err } = await command(root, "generate", [`other-${part}`, "--out", "never.npy"]);
      assert.is(code, 4, err);
      assert.is(
        err,
        `generate: other-${part}/${part}.safetensors: expected the format ${format.replace("9", "1")}, got ${format}; ` +
          "choose a finished run, or the version of brenier that wrote it\n",
      );
    }
    const path = join(root, "classifier.safetensors");
    writeFileSync(path, safetensors({}, {}));
    throws(
      () => loadClassifier(path, gpu, { height: 4, width: 4, channels: 1, classes: 2 }),
      `${path}: expected the format brenier.classifier.1, got none; choose a classifier`,
    );
  },

  "a checkpoint of 0.1.0 is refused by name and stays where it is"() {
    const message =
      "expected the format brenier.checkpoint.5, got brenier.checkpoint.2 of brenier 0.1.0; " +
      "finish the run with that version, or begin it again";
    throws(() => decodeCheckpoint(checkpoint, "c"), `c: ${message}`);
    const folder = join(root, "stopped");
    mkdirSync(folder);
    const path = join(folder, "checkpoint-00000003.safetensors");
    writeFileSync(path, checkpoint);
    const told: string[] = [];
    for (let n = 0; n < 2; n++) throws(() => readCheckpoint(folder, (line) => told.push(line)), `${path}: ${message}`);
    assert.equal(told, []);
    throws(
      () => decodeState("brenier.state.2", safetensors({}, { format: "brenier.state.1" }), "s", "remove it"),
      "s: expected the format brenier.state.2, got brenier.state.1 of brenier 0.1.0; remove it",
    );
  },

  async "a stopped run of 0.1.0 is refused by its version"() {
    const folder = join(root, "begun");
    mkdirSync(folder);
    writeFileSync(join(folder, "config.json"), JSON.stringify(CONFIG));
    writeFileSync(join(folder, "checkpoint-00000003.safetensors"), checkpoint);
    const { code, err } = await command(root, "train", ["--resume", "begun"]);
    assert.is(code, 4, err);
    assert.match(
      err,
      /^train: begun\/config\.json: expected a run of brenier \S+, got one of 0\.1\.0; finish it with that version, or begin it again\n$/,
    );
  },

  async "a record of 0.1.0 is refused by name, by every command that reads records"() {
    const folder = join(root, "recorded");
    mkdirSync(folder);
    const header = { format: "brenier.audit.1", adapter: { name: "a" }, kernels: {}, versions: {}, level: "commands" };
    writeFileSync(join(folder, "audit.jsonl"), `${JSON.stringify(header)}\n`);
    const message =
      "audit.jsonl: expected the format brenier.audit.2, got brenier.audit.1 of brenier 0.1.0; " +
      "read it with that version, or record the run again";
    throws(() => readHeader(folder), message);
    throws(() => [...readRecord(folder)], message);
    for (const args of [["summary"], ["verify"], ["trace", "--out", join(root, "trace.json")]]) {
      const { code, err } = await command(root, "audit", [...args, "recorded"]);
      assert.is(code, 4, err);
      assert.ok(err.endsWith(`${message}\n`), err);
    }
  },

  "results that name no format are refused"() {
    const folder = join(root, "results");
    mkdirSync(folder);
    writeFileSync(join(folder, "a.json"), '{"experiment": "planar", "findings": {"figures": []}}');
    throws(
      () => readResults(folder, ["planar"]),
      `${join(folder, "a.json")}: expected the format brenier.result.2, got none; remove it, or measure it again`,
    );
  },
});
