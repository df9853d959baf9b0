// An error planted in each kernel: one constant or operator of its text is changed, one op runs it,
// and the audit must find it.
import * as assert from "uvu/assert";
import { flopsPeak } from "../../../src/audit/record/peak.ts";
import { Checker } from "../../../src/audit/references/checker.ts";
import { KERNELS } from "../../../src/audit/references/table.ts";
import { Adam } from "../../../src/autograd/adam.ts";
import { createParameters } from "../../../src/autograd/parameters.ts";
import { valueAndGrad } from "../../../src/autograd/tape.ts";
import { dispose } from "../../../src/kernels/dispose.ts";
import type { Family } from "../../../src/kernels/family.ts";
import { Gpu } from "../../../src/kernels/gpu.ts";
import { hostRandom } from "../../../src/math/philox.ts";
import { Cells } from "../../../src/ot/cells/cells.ts";
import { points } from "../../../src/ot/points.ts";
import type { Source } from "../../../src/ot/source.ts";
import { firstNonFinite } from "../../../src/tensor/diagnostics/finite.ts";
import { selfTest } from "../../../src/tensor/diagnostics/selfTest.ts";
import { Engine, type Tensor } from "../../../src/tensor/engine.ts";
import { biasAdd } from "../../../src/tensor/ops/biasAdd.ts";
import { conv2d, conv2dTranspose } from "../../../src/tensor/ops/convolution/conv2d.ts";
import { mul } from "../../../src/tensor/ops/elementwise.ts";
import { logSoftmax } from "../../../src/tensor/ops/logSoftmax.ts";
import { mse } from "../../../src/tensor/ops/losses.ts";
import { matmul } from "../../../src/tensor/ops/product/matmul.ts";
import { normal } from "../../../src/tensor/ops/random.ts";
import { broadcast, sum } from "../../../src/tensor/ops/sum.ts";
import { type Shape, size } from "../../../src/tensor/shape.ts";
import { ALL_KERNELS, plainDevice } from "../../support/device.ts";
import { describe } from "../../support/suite.ts";

/** A kernel with `to` in the place of `from` in its text. */
interface Change {
  readonly name: string;
  readonly from: string;
  readonly to: string;
}

/** An engine that runs one kernel changed. */
class Planted extends Engine {
  change: Change | undefined;
  /** How often the changed kernel ran. */
  ran = 0;

  override dispatch(...[op, kernel, ...rest]: Parameters<Engine["dispatch"]>): void {
    if (kernel.name !== this.change?.name) {
      super.dispatch(op, kernel, ...rest);
      return;
    }
    const { name, from, to } = this.change;
    assert.ok(kernel.code.includes(from), `${name} has ${from}`);
    this.ran++;
    super.dispatch(op, { ...kernel, code: kernel.code.replace(from, to) }, ...rest);
  }
}

/** An engine of each family, and a queue on which its kernels may run again. */
const device = await plainDevice(["subgroups"]);
const pairs = new Map(
  ALL_KERNELS.map((kernels) => {
    return [kernels.family, { engine: new Planted(device, kernels), spare: new Gpu(device, kernels) }];
  }),
);

const random = hostRandom(1, 0);
const filled = (engine: Engine, shape: Shape): Tensor =>
  engine.tensor(
    Float32Array.from({ length: size(shape) }, () => 2 * random.uniform() - 1),
    shape,
  );

type Work = (engine: Engine) => unknown;
/** Work on tensors of the given shapes. */
const on =
  <const S extends readonly Shape[]>(
    f: (...tensors: { -readonly [K in keyof S]: Tensor }) => unknown,
    ...shapes: S
  ): Work =>
  (engine) => {
    const tensors = shapes.map((shape) => filled(engine, shape)) as { -readonly [K in keyof S]: Tensor };
    engine.scope(() => void f(...tensors));
    dispose(...tensors);
  };

/** Cells of 40 targets in 6 dimensions and samples of a source, from a stream other than 0. */
const cells =
  (work: (cells: Cells, draw: Parameters<Cells["draw"]>[0]) => Promise<unknown>, source?: Source): Work =>
  async (engine) => {
    const targets = points(
      "targets",
      new Float32Array(240).map(() => random.normal()),
      6,
    );
    using of = new Cells(engine, targets, source);
    of.setHeights(new Float32Array(40));
    await work(of, { count: 70, seed: 1, stream: 3, first: 0 });
  };
const assigning = cells((of, draw) => of.assign(draw, ["index", "max", "runnerUp"]));
const listing = cells((of, draw) => of.topK(draw, 3));

const adam: Work = (engine) => {
  const parameters = createParameters(engine, { w: { shape: [3], values: Float32Array.of(1, 2, 3) } });
  using optimizer = new Adam(parameters);
  engine.scope(() => optimizer.step([filled(engine, [3])], 0.1));
};

const peak: Work = (engine) => {
  const work = flopsPeak(engine, true);
  work.run();
  work.dispose();
};

/** Channels in fours take `taps`, pictures of few channels `rows`, all else is unfolded. */
const FOURS = [
  [2, 6, 6, 4],
  [3, 3, 4, 8],
] as const;
const PICTURES = [
  [2, 5, 8, 1],
  [3, 3, 1, 4],
] as const;
const small = ([x, w]: readonly [Shape, Shape]): Shape => [x[0] as number, 3, 4, w[3] as number];
const steps = { stride: 2, padding: 1 } as const;
const down = on((x, w) => conv2d(x, w, steps), ...PICTURES);
const weights = (shapes: readonly [Shape, Shape]): Work =>
  on((x, w) => valueAndGrad([w], () => sum(conv2d(x, w, steps))), ...shapes);
const up = on((x, w) => conv2dTranspose(x, w, { ...steps, outputPadding: [0, 1] }), small(PICTURES), PICTURES[1]);
const product = on((a, b) => matmul(a, b), [9, 7], [7, 5]);

interface Plant {
  readonly family: Family;
  readonly from: string;
  readonly to: string;
  readonly work: Work;
}
const plant = (family: Family, from: string, to: string, work: Work): Plant => ({ family, from, to, work });

const PLANTS: Readonly<Record<string, Plant>> = {
  adam: plant("portable", "(1.0 - params.beta2)", "(1.0 + params.beta2)", adam),
  assignPortable: plant("portable", "score[i] += ", "score[i] -= ", assigning),
  assignSubgroup: plant("subgroup", "score[i] += ", "score[i] -= ", assigning),
  assignTiled: plant("tiled", "] += a[c] * d", "] -= a[c] * d", assigning),
  biasAdd: plant(
    "portable",
    "x[i] + bias",
    "x[i] - bias",
    on((x, b) => biasAdd(x, b), [5, 3], [3]),
  ),
  broadcast: plant(
    "portable",
    "STEP: u32 = 256",
    "STEP: u32 = 255",
    on((x) => broadcast(x, [70, 9]), [9]),
  ),
  col2im: plant("portable", "sum += ", "sum -= ", up),
  draw: plant("subgroup", "0x9e3779b9u", "0x9e3779b8u", assigning),
  drawRows: plant(
    "portable",
    "params.stream * 65536u",
    "params.stream * 65535u",
    cells((of, draw) => of.assign(draw, []), {
      samples: points(
        "samples",
        new Float32Array(60).map(() => random.normal()),
        6,
      ),
    }),
  ),
  elementwise: plant(
    "portable",
    "return a * b;",
    "return a + b;",
    on((a, b) => mul(a, b), [5], [5]),
  ),
  finite: plant("portable", "bad += 1u", "bad += 2u", (engine) =>
    firstNonFinite(engine, () => engine.scope(() => void mul(engine.tensor([Number.NaN], [1]), engine.ones([1])))),
  ),
  im2col: plant("portable", "- params.padX", "+ params.padX", down),
  lanes: plant("subgroup", "256u * size", "255u * size", (engine) => selfTest(engine).catch(() => undefined)),
  logSoftmax: plant(
    "portable",
    "- shift",
    "+ shift",
    on((x) => logSoftmax(x), [3, 5]),
  ),
  loss: plant(
    "portable",
    "(x - t) * (x - t)",
    "(x - t) * (x + t)",
    on((x, t) => mse(x, t), [7], [7]),
  ),
  lossGradient: plant(
    "portable",
    "2.0 * (x - t)",
    "2.0 * (x + t)",
    on((x, t) => valueAndGrad([x], () => mse(x, t)), [7], [7]),
  ),
  matmulPortable: plant("portable", "k < last", "k < last - 1", product),
  matmulSubgroup: plant("subgroup", "x[j][3] * c[3]", "x[j][3] * c[2]", product),
  matmulTiled: plant("tiled", "k + ka[s] < last", "k + ka[s] < last - 1", product),
  pack: plant("subgroup", "source + j", "source - j", product),
  peak: plant("portable", "t.y, first) + c", "t.y, first) - c", peak),
  random: plant("portable", "0xbb67ae85u", "0xbb67ae84u", (engine) =>
    engine.scope(() => void normal(engine, [5], { seed: 1, stream: 2 })),
  ),
  rowsDown: plant("subgroup", "sum += ", "sum -= ", down),
  rowsGradient: plant("subgroup", "sum += ", "sum -= ", weights(PICTURES)),
  rowsUp: plant("subgroup", "[at % 4] += ", "[at % 4] -= ", up),
  sum: plant(
    "portable",
    "total + rest",
    "total - rest",
    on((x) => sum(x, [1]), [3, 5, 7]),
  ),
  sumVectors: plant(
    "portable",
    "total += rest",
    "total -= rest",
    on((x) => sum(x), [21]),
  ),
  taps: plant(
    "subgroup",
    "[o] += dot",
    "[o] -= dot",
    on((x, w) => conv2d(x, w, steps), ...FOURS),
  ),
  tapsGradient: plant("subgroup", "q[0][j] * gv[0]", "q[1][j] * gv[0]", weights(FOURS)),
  topKPortable: plant("portable", "s[i] += ", "s[i] -= ", listing),
  topKSubgroup: plant("subgroup", "s[i] += ", "s[i] -= ", listing),
};

/** What the audit says of `work` with one kernel changed, or with none, and how often that ran. */
async function verdict(family: Family, work: Work, change?: Change): Promise<{ message: string; ran: number }> {
  const { engine, spare } = pairs.get(family) as { engine: Planted; spare: Gpu };
  engine.change = change;
  engine.ran = 0;
  using checker = new Checker(engine, spare, () => undefined);
  await work(engine);
  const message = await checker.settle().then(
    () => "sound",
    (error: Error) => error.message,
  );
  return { message, ran: engine.ran };
}

describe("planted errors", {
  "there is one for every kernel"() {
    assert.equal(Object.keys(PLANTS).sort(), Object.keys(KERNELS).sort());
  },

  async "none is found in sound kernels"() {
    for (const [name, { family, work }] of Object.entries(PLANTS)) {
      assert.is((await verdict(family, work)).message, "sound", name);
    }
  },

  ...Object.fromEntries(
    Object.entries(PLANTS).map(([name, { family, from, to, work }]) => [
      `the audit finds \`${to}\` for \`${from}\` in ${name}`,
      async () => {
        const { message, ran } = await verdict(family, work, { name, from, to });
        assert.ok(ran > 0, `${name} runs`);
        assert.match(message, new RegExp(`^verify: \\w+ \\(([^)]*, )?${name}[,)]`));
      },
    ]),
  ),
});
