import * as assert from "uvu/assert";
import { openGpu } from "../../../src/adapter/openGpu.ts";
import type { Command, Dispatch } from "../../../src/kernels/command.ts";
import { kernelsOf } from "../../../src/kernels/family.ts";
import type { Kernel } from "../../../src/kernels/kernel.ts";
import { selfTest } from "../../../src/tensor/diagnostics/selfTest.ts";
import { Engine } from "../../../src/tensor/engine.ts";
import { ALL_KERNELS, plainDevice, SMALL_TILES } from "../../support/device.ts";
import { describe } from "../../support/suite.ts";

const device = await plainDevice(["subgroups"]);

/** A device whose kernel `name` computes something else. */
class Wrong extends Engine {
  readonly #name: string;
  readonly #change: (code: string) => string;

  constructor(options: ConstructorParameters<typeof Engine>[1], name: string, change: (code: string) => string) {
    super(device, options);
    this.#name = name;
    this.#change = change;
  }

  override dispatch<K extends Kernel>({ kernel, ...rest }: Dispatch<K>): void {
    const code = kernel.name === this.#name ? this.#change(kernel.code) : kernel.code;
    assert.is(code !== kernel.code, kernel.name === this.#name, "the change must bite");
    super.dispatch({ ...rest, kernel: { ...kernel, code } });
  }
}

const failure = (gpu: Engine): Promise<string> =>
  selfTest(gpu).then(
    () => "passed",
    (error: Error) => error.message,
  );

describe("self-test", {
  async "passes on every family"() {
    for (const kernels of ALL_KERNELS) assert.is(await failure(new Engine(device, kernels)), "passed");
    const plain = await plainDevice(); // no subgroups, the least limits
    for (const kernels of kernelsOf(plain)) assert.is(await failure(new Engine(plain, kernels)), "passed");
  },

  async "catches a wrong sum, a wrong product, wrong random numbers and a subgroup of another size"() {
    const cases = [
      [
        "portable",
        "elementwise",
        "return a + b;",
        "return a - b;",
        /^selfTest: a \+ b: expected \S+ as value \d+, got/,
      ],
      ["portable", "matmulPortable", "k < last", "k < last - 1", /^selfTest: a · b: expected/],
      ["subgroup", "matmulSubgroup", "k < last", "k < last - 4", /^selfTest: a · b: expected/],
      ["tiled", "matmulTiled", "fma(", "fma(1.0001 * ", /^selfTest: a · b: expected/],
      ["portable", "random", "0x9e3779b9u", "0x9e3779b8u", /^selfTest: philox: expected 3513581065 as value 0, got/],
      [
        "subgroup",
        "lanes",
        "256u * size",
        "512u * size",
        /^selfTest: size and lanes .*: expected 2048 as value 0, got 4096/,
      ],
    ] as const;
    for (const [family, name, from, to, message] of cases) {
      const gpu = new Wrong({ family, tile: family === "tiled" ? SMALL_TILES[0] : undefined }, name, (code) =>
        code.replace(from, to),
      );
      assert.match(await failure(gpu), message);
    }
  },

  async "catches a backend that computes nothing"() {
    const nothing = await plainDevice([], "null");
    assert.match(await failure(new Engine(nothing, { family: "portable" })), /^selfTest: a \+ b: expected/);
  },

  async "leaves no trace in the record of commands"() {
    const commands: Command[] = [];
    const gpu = await openGpu({ onCommand: (command) => commands.push(command) });
    assert.equal(commands, []);
    assert.is(gpu.memory().inUse, 0);
    await gpu.dispose();
  },
});
