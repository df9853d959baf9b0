// Devices that are lost in the middle of a run, for real: `device.destroy()` before a command
// reaches the queue.
import { existsSync, mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import * as assert from "uvu/assert";
import type { OpenedGpu } from "../../src/adapter/opened.ts";
import { openGpu } from "../../src/adapter/openGpu.ts";
import { loadDataset } from "../../src/datasets/dataset.ts";
import { DeviceLostError } from "../../src/kernels/gpu.ts";
import { readConfig } from "../../src/run/config.ts";
import type { RunContext } from "../../src/run/context.ts";
import { trainRun } from "../../src/run/trainRun.ts";
import { command } from "../support/command.ts";
import { describe } from "../support/suite.ts";
import { assertSameRun, TINY, tinyFolder } from "../support/tinyRun.ts";

const folder = tinyFolder();
const images = join(folder, "images");
const whole = join(folder, "whole");
const first = await command(folder, "train", [...TINY, "--data", images, "--out", "whole"]);
assert.is(first.code, 0, first.err);

/** A device that is lost as its command number `at` comes; counts what came. */
async function doomed(at: number, seen: { commands: number }): Promise<OpenedGpu> {
  const gpu = await openGpu();
  let count = 0;
  gpu.onCommand = () => {
    seen.commands++;
    if (count++ === at) gpu.device.destroy();
  };
  return gpu;
}

interface Attempt {
  readonly told: readonly string[];
  readonly error: unknown;
}

/** Runs in `run` with the given devices, one after the other. */
async function attempt(run: string, devices: readonly (() => Promise<OpenedGpu>)[], every = 6): Promise<Attempt> {
  const config = readConfig(join(whole, "config.json"));
  const left = [...devices];
  const next = (): Promise<OpenedGpu> => (left.shift() ?? openGpu)();
  const told: string[] = [];
  mkdirSync(run);
  const gpu = await next();
  const context: RunContext = {
    config,
    folder: run,
    data: await loadDataset(images, ""),
    gpu,
    reopen: next,
    report: true,
    checkpoints: { every: { steps: every }, keep: 2 },
    progress: { update() {}, begin() {}, end: (line) => void told.push(line) },
    signal: new AbortController().signal,
  };
  try {
    await trainRun(context);
    return { told, error: undefined };
  } catch (error) {
    return { told, error };
  } finally {
    await gpu.dispose().catch(() => undefined);
  }
}

describe("device", {
  async "lost at any of 8 places of a run, it goes on with another, bit for bit"() {
    const seen = { commands: 0 };
    const counted = join(folder, "counted");
    assert.is((await attempt(counted, [() => doomed(-1, seen)])).error, undefined);
    assertSameRun(counted, whole);
    const all = seen.commands;
    assert.ok(all > 2500, `${all} commands`);
    for (let i = 0; i < 8; i++) {
      const at = i === 7 ? all - 1 : Math.floor((i * all) / 7);
      const run = join(folder, `lost-${at}`);
      const { told, error } = await attempt(run, [() => doomed(at, { commands: 0 })]);
      assert.is(error, undefined, `command ${at}: ${error}`);
      const losses = told.filter((line) => line.startsWith("the device was lost: going on from "));
      assert.is(losses.length, 1, `command ${at}: ${told.join("\n")}`);
      assertSameRun(run, whole);
    }
  },

  async "three losses without a checkpoint between them end the run and say where it stands; with one, they do not"() {
    const lost = (at: number) => () => doomed(at, { commands: 0 });
    const run = join(folder, "thrice");
    const { error } = await attempt(run, [lost(2000), lost(20), lost(20)], 2);
    assert.instance(error, DeviceLostError);
    assert.match(
      (error as Error).message,
      /^run: the device was lost 3 times in a row; go on from .*thrice\/checkpoint-\d{8}\.safetensors with --resume .*thrice \(gpu: the device was lost/,
    );
    assert.ok(readdirSync(run).some((name) => name.startsWith("checkpoint-")));
    assert.not.ok(existsSync(join(run, "run.lock")));
    const resumed = await command(folder, "train", ["--resume", run]);
    assert.is(resumed.code, 0, resumed.err);
    assertSameRun(run, whole);

    const often = join(folder, "often");
    const survived = await attempt(often, [lost(2000), lost(2000), lost(2000), lost(2000)], 2);
    assert.is(survived.error, undefined, String(survived.error));
    assertSameRun(often, whole);
  },
});
