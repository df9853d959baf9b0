import * as assert from "uvu/assert";
import type { Dispatch } from "../../../src/kernels/command.ts";
import { type KernelConfig, kernelsOf } from "../../../src/kernels/family.ts";
import type { Kernel } from "../../../src/kernels/kernel.ts";
import { autotune, mean } from "../../../src/tensor/diagnostics/autotune.ts";
import { Engine } from "../../../src/tensor/engine.ts";
import { plainDevice, SMALL_TILES } from "../../support/device.ts";
import { describe } from "../../support/suite.ts";

const device = await plainDevice(["subgroups"]);
const open = (kernels: KernelConfig): Engine => new Engine(device, kernels);
const [small = SMALL_TILES[0] as never] = SMALL_TILES;
const candidates: readonly KernelConfig[] = [{ family: "portable" }, { family: "tiled", tile: small }];
const shapes = [{ m: 20, n: 12, k: 8, transposed: false }];

/** A clock that `speed` of the kernels at work moves on whenever it is read. */
function clock(speed: (kernels: KernelConfig) => number) {
  let [time, current] = [0, 1];
  return {
    now: () => {
      time += current;
      return time;
    },
    open: (kernels: KernelConfig) => {
      current = speed(kernels);
      return open(kernels);
    },
  };
}

describe("autotune", {
  async "takes the fastest, whatever the order"() {
    for (const fast of ["portable", "tiled"]) {
      for (const order of [candidates, candidates.toReversed()]) {
        const { now, open } = clock(({ family }) => (family === fast ? 1 : 2));
        const { kernels, measured } = await autotune(open, order, { now, shapes, budget: 1e9 });
        assert.is(kernels.family, fast);
        assert.equal(
          measured.map((m) => m.kernels),
          order,
        );
        const [a = Number.NaN, b = Number.NaN] = measured.map(({ gflops }) => mean(gflops));
        assert.is(a > b, order[0]?.family === fast, `${a} and ${b}`);
      }
    }
  },

  async "leaves out what computes wrong or fails, and says why"() {
    const wrong = (kernels: KernelConfig): Engine => {
      const gpu = open(kernels);
      if (kernels.family !== "portable") return gpu;
      const dispatch = gpu.dispatch.bind(gpu);
      gpu.dispatch = <K extends Kernel>({ kernel, ...rest }: Dispatch<K>): void => {
        const code = kernel.code.replace("k < last", "k < last - 1");
        dispatch({ ...rest, kernel: { ...kernel, code } });
      };
      return gpu;
    };
    const { now } = performance;
    const { kernels, measured } = await autotune(wrong, candidates, {
      now: now.bind(performance),
      shapes,
      budget: 1e9,
    });
    assert.is(kernels.family, "tiled");
    assert.match(measured[0]?.problem ?? "", /^autotune: portable: expected \S+ as value 0, got/);
    assert.equal(measured[0]?.gflops, []);
    const message = await autotune(wrong, candidates.slice(0, 1), { now: () => 0 }).then(
      () => "",
      (error: Error) => error.message,
    );
    assert.match(message, /^autotune: expected kernels that compute right, got none; portable: autotune:/);
  },

  async "stops when the budget is spent, with the first candidate measured"() {
    const { now, open } = clock(() => 1000);
    const { kernels, measured } = await autotune(open, candidates, { now, shapes });
    assert.equal(kernels, { family: "portable" });
    assert.is(measured.length, 1);
  },

  async "chooses shapes that suit the device"() {
    const { now, open } = clock(() => 5); // 256³ in 5 ms are 6.7 GFLOP/s: 512³ would take 40 ms
    const { shapes: chosen } = await autotune(open, kernelsOf(device).slice(0, 1), { now });
    assert.equal(
      chosen.map(({ m, n, k }) => [m, n, k]),
      [
        [256, 256, 256],
        [256, 256, 256],
        [1024, 64, 128],
      ],
    );
  },
});
