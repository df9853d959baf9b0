// Each system's loss against its paper's formula, written out in float64 on small fixed cases.
import * as assert from "uvu/assert";
import { bernoulliCost, klToPrior, reparametrise } from "../../../src/models/systems/vae.ts";
import { inverseMultiquadratic, mmd, squaredCost } from "../../../src/models/systems/waeMmd.ts";
import type { Tensor } from "../../../src/tensor/engine.ts";
import { normal } from "../../../src/tensor/ops/random.ts";
import type { Shape } from "../../../src/tensor/shape.ts";
import { assertClose } from "../../support/checkOp.ts";
import { testEngine } from "../../support/device.ts";
import { describe } from "../../support/suite.ts";
import { throws } from "../../support/throws.ts";

const engine = await testEngine();
/** The values that `f` computes. */
async function compute(f: () => Tensor): Promise<Float32Array> {
  const y = engine.scope(f);
  const values = await engine.read(y);
  y.dispose();
  return values;
}
const tensor = (shape: Shape, values: readonly number[]): Tensor => engine.tensor(values, shape);
const total = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);

describe("VAE", {
  async "KL is ½ Σ (μ² + σ² − log σ² − 1) over codes, averaged over the batch: 0 for the prior itself"() {
    const [mean, logVariance] = [
      [0.3, -1.2, 0, 2, 0.5, -0.7],
      [0.1, -2, 0, 1, 0.4, -0.3],
    ] as const;
    const expected =
      total(mean.map((m, i) => 0.5 * (m * m + Math.exp(logVariance[i] as number) - (logVariance[i] as number) - 1))) /
      2;
    const kl = (m: readonly number[], l: readonly number[]) =>
      compute(() => klToPrior({ mean: tensor([2, 3], m), logVariance: tensor([2, 3], l) }));
    assertClose("KL", await kl(mean, logVariance), [expected], 1e-6);
    assertClose("KL of the prior", await kl(Array(6).fill(0), Array(6).fill(0)), [0], 1e-7);
    // N(μ, 1) against N(0, 1): ½ μ²
    assertClose("KL of a shift", await kl([2, 0, 0, 0, 0, 0], Array(6).fill(0)), [1], 1e-6);
  },

  async "z = μ + σ ε has mean μ and variance σ² (10,000 draws, 4 standard errors)"() {
    const n = 10_000;
    const z = await compute(() =>
      reparametrise(
        { mean: tensor([n, 1], Array(n).fill(1.5)), logVariance: tensor([n, 1], Array(n).fill(Math.log(0.25))) },
        normal(engine, [n, 1], { seed: 1, stream: 0 }),
      ),
    );
    const mean = total([...z]) / n;
    const variance = total([...z].map((v) => (v - mean) ** 2)) / n;
    assert.ok(Math.abs(mean - 1.5) <= 4 * 0.5 * Math.sqrt(1 / n), `mean ${mean}`);
    assert.ok(Math.abs(variance - 0.25) <= 4 * 0.25 * Math.sqrt(2 / n), `variance ${variance}`);
  },

  async "the cost is −log p of Bernoulli pixels, summed over pixels, averaged over pictures"() {
    const [l, x] = [
      [2, -1, 0.5, -3],
      [1, 0, 0.25, 0.5],
    ] as const;
    const logP = l.map((v, i) => {
      const [p, t] = [1 / (1 + Math.exp(-v)), x[i] as number];
      return t * Math.log(p) + (1 - t) * Math.log(1 - p);
    });
    assertClose(
      "cost",
      await compute(() => bernoulliCost(tensor([2, 1, 2, 1], l), tensor([2, 1, 2, 1], x))),
      [-total(logP) / 2],
      1e-6,
    );
  },
});

describe("WAE-MMD", {
  async "the kernel is C / (C + |a − b|²)"() {
    const [a, b] = [
      [0, 0, 3, 4],
      [0, 0, 1, 1, -2, 5],
    ] as const;
    const expected = [0, 1].flatMap((i) =>
      [0, 1, 2].map((j) => {
        const square =
          ((a[2 * i] as number) - (b[2 * j] as number)) ** 2 +
          ((a[2 * i + 1] as number) - (b[2 * j + 1] as number)) ** 2;
        return 4 / (4 + square);
      }),
    );
    assertClose(
      "k",
      await compute(() => inverseMultiquadratic(tensor([2, 2], a), tensor([3, 2], b), [4])),
      expected,
      1e-6,
    );
  },

  async "the estimate is the paper's sum, without its diagonals"() {
    const [z, w] = [
      [0, 1, -1, 2, 0.5, -0.5],
      [1, 1, 0, -2, 3, 0.25],
    ] as const;
    const k = (a: readonly number[], i: number, b: readonly number[], j: number): number =>
      [4, 1].reduce(
        (sum, c) =>
          sum +
          c /
            (c +
              ((a[2 * i] as number) - (b[2 * j] as number)) ** 2 +
              ((a[2 * i + 1] as number) - (b[2 * j + 1] as number)) ** 2),
        0,
      );
    let expected = 0;
    for (let i = 0; i < 3; i++) {
      for (let j = 0; j < 3; j++) {
        if (i !== j) expected += (k(z, i, z, j) + k(w, i, w, j)) / 6;
        expected -= (2 / 9) * k(z, i, w, j);
      }
    }
    assertClose("MMD²", await compute(() => mmd(tensor([3, 2], z), tensor([3, 2], w), [4, 1])), [expected], 1e-6);
    // two points at distance 2 in each set, the sets equal: 2·½ − ½·(2 + 2·½) = −½
    const pair = [0, 0, 0, 2];
    assertClose(
      "of equal sets",
      await compute(() => mmd(tensor([2, 2], pair), tensor([2, 2], pair), [4])),
      [-0.5],
      1e-6,
    );
  },

  async "its mean over 400 draws of 20 rows from one distribution is 0 (4 standard errors)"() {
    const rows: number[] = [];
    for (let i = 0; i < 400; i++) {
      const at = (stream: number): Tensor => normal(engine, [20, 4], { seed: 7, stream, offset: 20 * i });
      rows.push(...(await compute(() => mmd(at(1), at(2), [8]))));
    }
    const mean = total(rows) / 400;
    const deviation = Math.sqrt(total(rows.map((v) => (v - mean) ** 2)) / 399);
    assert.ok(Math.abs(mean) <= (4 * deviation) / 20, `mean ${mean}, standard error ${deviation / 20}`);
    assert.ok(deviation > 1e-4, "draws differ");
  },

  async "the cost is |x − y|², averaged over pictures; one row has no pairs"() {
    const x = [1, 2, 3, 4];
    const y = [0, 2, 5, 1];
    assertClose(
      "cost",
      await compute(() => squaredCost(tensor([2, 2], x), tensor([2, 2], y))),
      [(1 + 4 + 9) / 2],
      1e-6,
    );
    engine.scope(() =>
      throws(() => mmd(tensor([1, 2], [0, 0]), tensor([1, 2], [0, 0]), [1]), "mmd: expected at least two rows, got 1"),
    );
  },
});
