// What the library does on its thread between two moments at which others may run, counted in the
// commands that it gives the device: times would depend on the machine.
import * as assert from "uvu/assert";
import type { Command } from "../../src/kernels/command.ts";
import { hostRandom } from "../../src/math/philox.ts";
import { encodeGenerator } from "../../src/models/generator/generatorFile.ts";
import { openGenerator } from "../../src/models/generator/openGenerator.ts";
import { trainGenerator } from "../../src/models/generator/trainGenerator.ts";
import { pixelSource } from "../../src/models/training/pixelSource.ts";
import { points } from "../../src/ot/points.ts";
import { createProblem } from "../../src/ot/problem.ts";
import { solve } from "../../src/ot/solver/solver.ts";
import { Engine } from "../../src/tensor/engine.ts";
import { testEngine } from "../support/device.ts";
import { generatorOf } from "../support/generators.ts";
import { describe } from "../support/suite.ts";

const { device, family } = await testEngine();
const config = { height: 28, width: 28, channels: 1, latent: 64 } as const;
const values = generatorOf({ config, targets: 2000, seed: 1, source: "gaussian", rule: "facet", labels: 3 });
const parameterBytes = Object.values(values.parameters).reduce((sum, { values }) => sum + values.byteLength, 0);

interface Piece {
  /** Bytes that are uploaded. */
  bytes: number;
  /** All that is asked of the device. */
  commands: number;
}

/** The most of each that work does from one yield to the next: a pause, or a wait for values. */
async function longest(work: (engine: Engine) => Promise<unknown>): Promise<Piece> {
  const found: Piece = { bytes: 0, commands: 0 };
  let now: Piece = { bytes: 0, commands: 0 };
  const begin = (): void => {
    now = { bytes: 0, commands: 0 };
  };
  const onCommand = (command: Command): void => {
    now.commands++;
    if (command.kind === "upload") now.bytes += command.values.byteLength;
    found.bytes = Math.max(found.bytes, now.bytes);
    found.commands = Math.max(found.commands, now.commands);
    if (command.kind === "download") begin();
  };
  await work(new Engine(device, { family, pause: async () => begin(), onCommand }));
  return found;
}

/** Asserts what a piece has at most. */
function atMost(what: string, found: Piece, bytes: number, commands: number): void {
  assert.ok(found.commands > 0 && found.commands <= commands, `${what}: ${found.commands} commands`);
  assert.ok(found.bytes > 0 && found.bytes <= bytes, `${what}: ${found.bytes} bytes, parameters ${parameterBytes}`);
}

describe("between two yields", {
  async "opening and drawing upload the parameters of the default network once, and little else"() {
    const file = encodeGenerator(values);
    const found = await longest(async (engine) => {
      const generator = await openGenerator(engine, file);
      await generator.generate({ count: 16, seed: 1 });
      generator.dispose();
    });
    atMost("open and draw", found, 1.01 * parameterBytes, 50);
  },

  async "so does the training of the default network, which records a step at most"() {
    const pixels = Uint8Array.from({ length: 784 * 30 }, (_, i) => i % 256);
    const found = await longest(async (engine) => {
      const signal = { aborted: false, reason: new Error("enough") };
      const training = trainGenerator(engine, config, pixelSource("train", pixels, config), {
        epochs: 1,
        batch: 10,
        seed: 1,
        signal,
        onProgress({ stage }) {
          signal.aborted ||= stage === "transport";
        },
      });
      assert.is(await training.catch((error: unknown) => error), signal.reason);
    });
    atMost("train", found, 1.01 * parameterBytes, 250);
  },

  async "solving asks for a step at most"() {
    const random = hostRandom(1, 0);
    const targets = points(
      "targets",
      Float32Array.from({ length: 2000 * 16 }, () => random.normal()),
      16,
    );
    const problem = createProblem(targets);
    atMost("solve", await longest((engine) => solve(engine, problem, { maxSteps: 3, seed: 1 })), 4 * 2 * 2000 * 16, 30);
  },
});
