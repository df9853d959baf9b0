// An error planted in each kernel: one constant or operator of its text is changed, one op runs it,
// and the audit must find it.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { flopsPeak } from "../../../src/audit/record/peak.ts";
import { KERNELS } from "../../../src/audit/references/table.ts";
import { Adam, AdamW } from "../../../src/autograd/adam.ts";
import type { Optimizer } from "../../../src/autograd/optimizer.ts";
import { createParameters, type Parameters as Trained } from "../../../src/autograd/parameters.ts";
import { Sgd } from "../../../src/autograd/sgd.ts";
import { valueAndGrad } from "../../../src/autograd/tape.ts";
import { hostRandom } from "../../../src/math/philox.ts";
import { Cells } from "../../../src/ot/cells/cells.ts";
import type { CellsOptions } from "../../../src/ot/cells/plainCells.ts";
import { points } from "../../../src/ot/points.ts";
import type { Source } from "../../../src/ot/source.ts";
import { firstNonFinite } from "../../../src/tensor/diagnostics/finite.ts";
import { selfTest } from "../../../src/tensor/diagnostics/selfTest.ts";
import { batchNorm } from "../../../src/tensor/ops/batchNorm.ts";
import { biasAdd } from "../../../src/tensor/ops/biasAdd.ts";
import { conv2d, conv2dTranspose } from "../../../src/tensor/ops/convolution/conv2d.ts";
import { mul } from "../../../src/tensor/ops/elementwise.ts";
import { logSoftmax } from "../../../src/tensor/ops/logSoftmax.ts";
import { mse } from "../../../src/tensor/ops/losses.ts";
import { matmul } from "../../../src/tensor/ops/product/matmul.ts";
import { normal } from "../../../src/tensor/ops/random.ts";
import { broadcast, sum } from "../../../src/tensor/ops/sum.ts";
import { on, planted, type Work } from "../../support/planted.ts";
import { describe } from "../../support/suite.ts";

const random = hostRandom(1, 0);

/** Cells of 40 targets in 6 dimensions and samples of a source, from a stream other than 0. */
const cells =
  (
    work: (cells: Cells, draw: Parameters<Cells["draw"]>[0]) => Promise<unknown>,
    source?: Source,
    options?: CellsOptions,
  ): Work =>
  async (engine) => {
    const targets = points(
      "targets",
      new Float32Array(240).map(() => random.normal()),
      6,
    );
    using of = new Cells(engine, targets, source, options);
    of.setHeights(new Float32Array(40));
    await work(of, { count: 70, seed: 1, stream: 3, first: 0 });
  };
const assigning = cells((of, draw) => of.assign(draw, ["index", "max", "runnerUp"]));
/** Two buffers of targets, whose results are brought together. */
const flipping = cells(
  (of, { seed, stream }) => of.assign({ seed, stream, first: 0, count: 1600, flips: 4 }, ["index", "max", "runnerUp"]),
  "gaussian",
  { blockBytes: 1 },
);
const listing = cells((of, draw) => of.topK(draw, 3));

/** Two steps of an optimizer, the second with moments that are not 0. */
const optimizing =
  (Kind: new (parameters: Trained) => Optimizer): Work =>
  (engine) => {
    const parameters = createParameters(engine, { w: { shape: [3], values: Float32Array.of(1, 2, 3) } });
    using optimizer = new Kind(parameters);
    engine.scope(() => optimizer.step([engine.ones([3])], 0.1));
    engine.scope(() => optimizer.step([engine.ones([3])], 0.1));
    parameters.dispose();
  };

class Momentum extends Sgd {
  constructor(parameters: Trained) {
    super(parameters, { momentum: 0.9 });
  }
}

class Nesterov extends Sgd {
  constructor(parameters: Trained) {
    super(parameters, { momentum: 0.9, nesterov: true });
  }
}

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
const SMALL = [2, 3, 4, 4] as const;
const steps = { stride: 2, padding: 1 } as const;
const down = on((x, w) => conv2d(x, w, steps), ...PICTURES);
const weights = (shapes: typeof FOURS | typeof PICTURES): Work =>
  on((x, w) => valueAndGrad([w], () => sum(conv2d(x, w, steps))), ...shapes);
const up = on((x, w) => conv2dTranspose(x, w, { ...steps, outputPadding: [0, 1] }), SMALL, PICTURES[1]);
const product = on((a, b) => matmul(a, b), [9, 7], [7, 5]);

describe("planted errors", {
  "there is one for every kernel"() {
    const tests = readdirSync("test", { recursive: true, encoding: "utf8" }).filter((path) =>
      path.endsWith(".test.ts"),
    );
    const texts = tests.map((path) => readFileSync(join("test", path), "utf8"));
    const found = texts.flatMap((text) => [...text.matchAll(/\.\.\.planted\("(\w+)"/g)].map(([, name]) => name));
    const without = Object.keys(KERNELS).filter((name) => !found.includes(name));
    assert.equal(without, []);
    assert.ok(found.length > 30, `${found.length} kernels`);
  },

  ...planted("adam", {
    family: "portable",
    from: "(1.0 - params.beta2)",
    to: "(1.0 + params.beta2)",
    work: optimizing(Adam),
  }),
  ...planted("adam", { family: "portable", from: "params.decay *", to: "params.rate *", work: optimizing(AdamW) }),
  ...planted("assignPortable", { family: "portable", from: "score[i] += ", to: "score[i] -= ", work: assigning }),
  ...planted("assignSubgroup", { family: "subgroup", from: "score[i] += ", to: "score[i] -= ", work: assigning }),
  ...planted("assignTiled", { family: "tiled", from: "] += a[c] * d", to: "] -= a[c] * d", work: assigning }),
  ...planted("batchNormGradient", {
    family: "portable",
    from: "-channelSum(DIRECT",
    to: "channelSum(DIRECT",
    work: on((x) => valueAndGrad([x], () => sum(mul(batchNorm(x), x))), [7, 3]),
  }),
  ...planted("batchNormTraining", {
    family: "portable",
    from: "+ params.epsilon",
    to: "- params.epsilon - 0.1",
    work: on((x) => batchNorm(x), [7, 3]),
  }),
  ...planted("biasAdd", {
    family: "portable",
    from: "x[i] + bias",
    to: "x[i] - bias",
    work: on((x, b) => biasAdd(x, b), [5, 3], [3]),
  }),
  ...planted("broadcast", {
    family: "portable",
    from: "STEP: u32 = 256",
    to: "STEP: u32 = 255",
    work: on((x) => broadcast(x, [70, 9]), [9]),
  }),
  ...planted("col2im", { family: "portable", from: "sum += ", to: "sum -= ", work: up }),
  ...planted("draw", { family: "subgroup", from: "0x9e3779b9u", to: "0x9e3779b8u", work: assigning }),
  ...planted("draw", {
    family: "subgroup",
    from: "0x6a09e667u",
    to: "0x6b09e667u",
    work: cells((of, draw) => of.assign({ ...draw, even: true, first: 9 }, [])),
  }),
  ...planted("drawRows", {
    family: "portable",
    from: "params.stream * 65536u",
    to: "params.stream * 65535u",
    work: cells((of, draw) => of.assign(draw, []), {
      samples: points(
        "samples",
        new Float32Array(60).map(() => random.normal()),
        6,
      ),
    }),
  }),
  ...planted("elementwise", {
    family: "portable",
    from: "return a * b;",
    to: "return a + b;",
    work: on((a, b) => mul(a, b), [5], [5]),
  }),
  ...planted("finite", {
    family: "portable",
    from: "bad += 1u",
    to: "bad += 2u",
    work: (engine) =>
      firstNonFinite(engine, () => engine.scope(() => void mul(engine.tensor([Number.NaN], [1]), engine.ones([1])))),
  }),
  ...planted("flipsIndexPortable", {
    family: "portable",
    from: "u[i] += signed",
    to: "u[i] -= signed",
    work: flipping,
  }),
  ...planted("flipsIndexSubgroup", { family: "subgroup", from: "u += signed", to: "u -= signed", work: flipping }),
  ...planted("flipsMerge", { family: "portable", from: "best[at] > top", to: "best[at] < top", work: flipping }),
  ...planted("flipsPortable", { family: "portable", from: "above - sums", to: "above + sums", work: flipping }),
  ...planted("flipsSubgroup", { family: "subgroup", from: "height[i] - V", to: "height[i] + V", work: flipping }),
  ...planted("im2col", { family: "portable", from: "- params.padX", to: "+ params.padX", work: down }),
  ...planted("lanes", {
    family: "subgroup",
    from: "256u * size",
    to: "255u * size",
    work: (engine) => selfTest(engine).catch(() => undefined),
  }),
  ...planted("logSoftmax", {
    family: "portable",
    from: "- shift",
    to: "+ shift",
    work: on((x) => logSoftmax(x), [3, 5]),
  }),
  ...planted("loss", {
    family: "portable",
    from: "(x - t) * (x - t)",
    to: "(x - t) * (x + t)",
    work: on((x, t) => mse(x, t), [7], [7]),
  }),
  ...planted("lossGradient", {
    family: "portable",
    from: "2.0 * (x - t)",
    to: "2.0 * (x + t)",
    work: on((x, t) => valueAndGrad([x], () => mse(x, t)), [7], [7]),
  }),
  ...planted("matmulPortable", { family: "portable", from: "k < last", to: "k < last - 1", work: product }),
  ...planted("matmulQuads", { family: "quads", from: "k < last", to: "k + 4 < last", work: product }),
  ...planted("matmulSubgroup", { family: "subgroup", from: "x[j][3] * c[3]", to: "x[j][3] * c[2]", work: product }),
  ...planted("matmulTiled", { family: "tiled", from: "k + ka[s] < last", to: "k + ka[s] < last - 1", work: product }),
  ...planted("peak", { family: "portable", from: "t.y, first) + c", to: "t.y, first) - c", work: peak }),
  ...planted("random", {
    family: "portable",
    from: "0xbb67ae85u",
    to: "0xbb67ae84u",
    work: (engine) => engine.scope(() => void normal(engine, [5], { seed: 1, stream: 2 })),
  }),
  ...planted("rowsDown", { family: "subgroup", from: "sum += ", to: "sum -= ", work: down }),
  ...planted("rowsGradient", { family: "subgroup", from: "sum += ", to: "sum -= ", work: weights(PICTURES) }),
  ...planted("rowsUp", { family: "subgroup", from: "[at % 4] += ", to: "[at % 4] -= ", work: up }),
  ...planted("sgd", { family: "portable", from: "* v[i] + g", to: "* v[i] - g", work: optimizing(Momentum) }),
  ...planted("sgd", { family: "portable", from: "(g + params", to: "(a + params", work: optimizing(Nesterov) }),
  ...planted("sum", {
    family: "portable",
    from: "total + rest",
    to: "total - rest",
    work: on((x) => sum(x, [1]), [3, 5, 7]),
  }),
  ...planted("sumVectors", {
    family: "portable",
    from: "total += rest",
    to: "total -= rest",
    work: on((x) => sum(x), [21]),
  }),
  ...planted("taps", {
    family: "subgroup",
    from: "[o] += dot",
    to: "[o] -= dot",
    work: on((x, w) => conv2d(x, w, steps), ...FOURS),
  }),
  ...planted("tapsGradient", {
    family: "subgroup",
    from: "q[0][j] * xv[0]",
    to: "q[0][j] * xv[1]",
    work: weights(FOURS),
  }),
  ...planted("tapsGradientQuads", { family: "quads", from: "] += xv", to: "] -= xv", work: weights(FOURS) }),
  ...planted("tapsQuads", { family: "quads", from: "] += xv", to: "] -= xv", work: up }),
  ...planted("topKPortable", { family: "portable", from: "s[i] += ", to: "s[i] -= ", work: listing }),
  ...planted("topKSubgroup", { family: "subgroup", from: "s[i] += ", to: "s[i] -= ", work: listing }),
});
