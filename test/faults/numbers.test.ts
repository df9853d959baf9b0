// A training that leaves the finite numbers.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { decodeCheckpoint } from "../../src/run/checkpoint.ts";
import { command } from "../support/command.ts";
import { describe } from "../support/suite.ts";
import { TINY, tinyFolder } from "../support/tinyRun.ts";

const folder = tinyFolder();

describe("numbers", {
  async "a loss that is no number ends the run at the op that made it, with the last good checkpoint kept"() {
    const flags = [...TINY, "--epochs", "20", "--learning-rate", "1e18", "--checkpoint", "1", "--keep", "all"];
    const { code, err } = await command(folder, "train", [...flags, "--out", "run"]);
    assert.is(code, 1, err);
    const message = err.trimEnd().split("\n").at(-1) ?? "";
    assert.match(
      message,
      /^train: in step \d+ (`\w+` made NaN or infinite values in its output \[[\d, ]+\]: \d+ of \d+ values, the first at \[[\d, ]+\]|`adam` made the parameter at \d+ of \d+ \S+); lower the learning rate or check the data; the last checkpoint, run\/checkpoint-\d+\.safetensors, is good$/,
    );
    const step = Number(/in step (\d+)/.exec(message)?.[1]);
    const kept = readdirSync(join(folder, "run")).filter((name) => name.startsWith("checkpoint-"));
    assert.ok(kept.length >= 1);
    for (const name of kept) {
      const { state } = decodeCheckpoint(readFileSync(join(folder, "run", name)), name);
      assert.ok(state.stage === "autoencoder" && state.training !== undefined && state.training.step < step, name);
      assert.ok(state.training.optimizers["autoencoder"]?.parameters.every(Number.isFinite), name);
    }
  },

  async "without a checkpoint it is traced from the beginning, to the same step and op"() {
    const flags = [...TINY, "--epochs", "20", "--learning-rate", "1e18"];
    const messages: string[] = [];
    for (const [out, more] of [
      ["a", []],
      ["b", ["--checkpoint", "1"]],
    ] as const) {
      const { code, err } = await command(folder, "train", [...flags, ...more, "--out", out]);
      assert.is(code, 1, err);
      messages.push((err.trimEnd().split("\n").at(-1) ?? "").replace(/; (no|the last) checkpoint.*/, ""));
    }
    assert.is(messages[0], messages[1]);
  },
});
