// What each elementwise op and each loss gives for special values. The columns are the values
//
//   NaN -∞ -max -1 -s -0 0 s 1 max ∞    with max = (2 − 2⁻²³) · 2¹²⁷ and s = 10⁻⁴⁰, a subnormal,
//
// and a cell says what the float64 reference and every family of kernels give:
//
//   .7616    this value, within the op's bound; a 0 of either sign, which WGSL lets devices ignore
//   s, -s    a subnormal of this sign, or 0: WGSL lets devices take any subnormal for 0
//   0|1      either of these, where it matters whether an argument is taken for 0 or −0
//
// WGSL also lets devices assume that nothing overflows and that there are no infinities and NaNs.
// Such cells are held like all others nevertheless: a training finds the step that went wrong by
// its NaN, so an op that hid one, or made one of an infinity, would mislead.
//
// What `open` names is the device's choice, since WGSL bounds no error there.
//
// A function of one argument has a line of values and a line of gradients, for an incoming gradient
// of 1. A function of two has a line of values for each first argument. Rows without cells are
// plain arithmetic by IEEE 754: their float64 references and slopes alone say what is expected.

import { valueAndGrad } from "../../src/autograd/tape.ts";
import { exp, log } from "../../src/math/elementary.ts";
import type { Tensor } from "../../src/tensor/engine.ts";
import { stack, unstack } from "../../src/tensor/ops/arrange.ts";
import { biasAdd, biasRelu } from "../../src/tensor/ops/biasAdd.ts";
import { equal, greater, greaterEqual, less, lessEqual, notEqual } from "../../src/tensor/ops/compare.ts";
import { conv2d, conv2dTranspose } from "../../src/tensor/ops/convolution/conv2d.ts";
import * as ops from "../../src/tensor/ops/elementwise.ts";
import { max, min } from "../../src/tensor/ops/extremes.ts";
import { softmax } from "../../src/tensor/ops/logSoftmax.ts";
import { bceWithLogits, l1, mse, softmaxCrossEntropy } from "../../src/tensor/ops/losses.ts";
import { clip, maximum, minimum } from "../../src/tensor/ops/maximum.ts";
import { pow } from "../../src/tensor/ops/pow.ts";
import { where } from "../../src/tensor/ops/where.ts";
import { biasAdd as biasReference } from "../../src/tensor/reference/biasAdd.ts";
import * as comparisons from "../../src/tensor/reference/compare.ts";
import { conv2dBias, conv2dTransposeBias } from "../../src/tensor/reference/conv2d.ts";
import * as references from "../../src/tensor/reference/elementwise.ts";
import * as extremes from "../../src/tensor/reference/extremes.ts";
import * as softmaxes from "../../src/tensor/reference/logSoftmax.ts";
import * as losses from "../../src/tensor/reference/losses.ts";
import * as largest from "../../src/tensor/reference/maximum.ts";
import { power, pow as powReference } from "../../src/tensor/reference/pow.ts";
import type { OpReference, Values } from "../../src/tensor/reference/reference.ts";
import { where as whereReference } from "../../src/tensor/reference/where.ts";
import { ofLarge, ofSmall } from "./convolutions.ts";
import { bias, binary, convolution, loss, MAX, type Row, unary } from "./specialRows.ts";

const sigmoid = (x: number): number => 1 / (1 + exp(-x));
/** The share of a in the gradient of maximum(a, b). */
const share = (a: number, b: number): number => (a > b ? 1 : a < b ? 0 : a === b ? 0.5 : Number.NaN);
const zero = (): number => 0;

/** The first of ln softmax [x, y]. */
const firstLogSoftmax = (x: number, y = 0): number =>
  softmaxes.logSoftmax.reference({ x: { shape: [1, 2], values: Float64Array.of(x, y) } }, {})[0] ?? Number.NaN;
/** The first of softmax [a, b]. */
const firstSoftmax = (a: number, b: number): number => exp(firstLogSoftmax(a, b));
/** A row of the table of ops of two values as one of two arguments. */
const ofTwo = <A>(
  { reference, bound }: OpReference<"x", A>,
  attributes: A,
): readonly [Pick<OpReference<"a" | "b", A>, "reference" | "bound">, A] => {
  const pair = ({ a, b }: Record<"a" | "b", Values>) => ({
    x: { shape: [1, 2], values: Float64Array.of(...a.values, ...b.values) },
  });
  return [
    { reference: (inputs, at) => reference(pair(inputs), at), bound: (inputs, at) => bound(pair(inputs), at) },
    attributes,
  ];
};
/** The slope of an activation at v: 1 above 0, alpha below; NaN stays. */
const slopeOf = (alpha: number) => (v: number) => (v > 0 ? 1 : v <= 0 ? alpha : v);

const LINEAR = `
  NaN  -∞         -max  -1  -s    0    0    s     1    max    ∞
d   1   1           1    1   1    1    1    1     1      1    1`;
const RELU = `
  NaN   0           0    0   0    0    0    s     1    max    ∞
d NaN   0           0    0   0    0    0  0|1     1      1    1`;
const LEAKY = `
  NaN  -∞  -6.8056e37  -.2  -s    0    0    s     1    max    ∞
d NaN  .2          .2   .2  .2   .2   .2 .2|1     1      1    1`;

/** A slope below 0 with the table of its activation. */
const ACTIVATIONS = [
  { alpha: 1, cells: LINEAR, slope: () => 1 },
  { alpha: 0, cells: RELU, slope: slopeOf(0) },
  { alpha: 0.2, cells: LEAKY, slope: slopeOf(0.2) },
] as const;

/** Shapes of x and w that the kernels for whole vec4s of channels take, and those for pictures. */
const CONVOLUTIONS = [
  { variant: "4 channels to 12", x: [1, 1, 1, 4], w: [1, 1, 4, 12] },
  { variant: "1 channel to 12", x: [1, 1, 4, 1], w: [1, 1, 1, 12] },
] as const;
const TRANSPOSED = [
  { variant: "4 channels to 12", x: [1, 1, 1, 4], w: [1, 1, 12, 4] },
  { variant: "4 channels to 11", x: [1, 1, 4, 4], w: [1, 1, 11, 4] },
] as const;

/** The row of `where` for two arguments. */
const ofWhere = (
  inputsOf: (x: { readonly a: Values; readonly b: Values }) => { readonly [K in "condition" | "a" | "b"]?: Values },
): Pick<OpReference<"a" | "b", { readonly a?: number; readonly b?: number }>, "reference" | "bound"> => {
  // A number takes the place of one.
  const inputs = inputsOf as (x: object) => Record<"condition" | "a" | "b", Values>;
  return {
    reference: (x, numbers) => whereReference.reference(inputs(x), numbers),
    bound: (x, numbers) => whereReference.bound(inputs(x), numbers),
  };
};

export const TABLE: readonly Row[] = [
  unary("relu", ops.relu, [references.relu, {}], { slopes: [slopeOf(0)], cells: RELU }),
  unary("leakyRelu", (x) => ops.leakyRelu(x, 0.2), [references.leakyRelu, { alpha: 0.2 }], {
    slopes: [slopeOf(0.2)],
    cells: LEAKY,
  }),
  unary("relu", (x) => ops.leakyRelu(x, 0), [references.relu, {}], {
    variant: "as leakyRelu of slope 0",
    slopes: [slopeOf(0)],
    cells: RELU,
  }),
  unary("affine", (x) => ops.affine(x, 2, 1), [references.affine, { alpha: 2, beta: 1 }], {
    variant: "2x + 1",
    slopes: [() => 2],
    cells: `
  NaN  -∞    -∞     -1     1   1   1   1      3     ∞    ∞
d   2   2     2      2     2   2   2   2      2     2    2`,
  }),
  unary("affine", (x) => ops.scale(x, 0), [references.affine, { alpha: 0, beta: 0 }], {
    variant: "0x",
    slopes: [() => 0],
    cells: `
  NaN NaN     0      0     0   0   0   0      0     0  NaN
d   0   0     0      0     0   0   0   0      0     0    0`,
  }),
  unary("sigmoid", ops.sigmoid, [references.sigmoid, {}], {
    slopes: [(x) => sigmoid(x) * (1 - sigmoid(x))],
    cells: `
  NaN   0     0  .2689    .5  .5  .5  .5  .7311     1    1
d NaN   0     0  .1966   .25 .25 .25 .25  .1966     0    0`,
  }),
  unary("tanh", ops.tanh, [references.tanh, {}], {
    slopes: [(x) => 1 - Math.tanh(x) * Math.tanh(x)],
    cells: `
  NaN  -1    -1 -.7616    -s   0   0   s  .7616     1    1
d NaN   0     0  .4200     1   1   1   1  .4200     0    0`,
  }),
  unary("exp", ops.exp, [references.exp, {}], {
    slopes: [exp],
    cells: `
  NaN   0     0  .3679     1   1   1   1  2.718     ∞    ∞
d NaN   0     0  .3679     1   1   1   1  2.718     ∞    ∞`,
  }),
  unary("log", ops.log, [references.log, {}], {
    slopes: [(x) => 1 / x],
    cells: `
  NaN NaN   NaN    NaN NaN|-∞  -∞  -∞  -92.10|-∞    0  88.72    ∞
d NaN   0    -s     -1   ∞|-∞ ∞|-∞ ∞|-∞     ∞|-∞    1      s    0`,
  }),
  unary("sqrt", ops.sqrt, [references.sqrt, {}], {
    slopes: [(x) => 0.5 / Math.sqrt(x)],
    cells: `
  NaN NaN   NaN    NaN  NaN|0     0    0   1e-20|0  1  1.8447e19  ∞
d NaN NaN   NaN    NaN  NaN|∞|-∞ ∞|-∞ ∞|-∞ 5e19|∞|-∞ .5 2.7105e-20 0`,
  }),
  unary("square", ops.square, [references.square, {}], {
    slopes: [(x) => 2 * x],
    cells: `
  NaN   ∞     ∞      1     0   0   0   0      1     ∞    ∞
d NaN  -∞    -∞     -2    -s   0   0   s      2     ∞    ∞`,
  }),
  unary("abs", ops.abs, [references.abs, {}], {
    slopes: [Math.sign],
    cells: `
  NaN   ∞   max      1     s   0   0   s      1   max    ∞
d NaN  -1    -1     -1  -1|0   0   0 0|1      1     1    1`,
  }),

  binary("add", ops.add, [references.add, {}], { slopes: [() => 1, () => 1] }),
  binary("sub", ops.sub, [references.sub, {}], { slopes: [() => 1, () => -1] }),
  binary("mul", ops.mul, [references.mul, {}], { slopes: [(_, b) => b, (a) => a] }),
  // WGSL bounds the error of a quotient for divisors of up to 2¹²⁶, since a device may multiply by
  // the reciprocal, which beyond that is subnormal and may be taken for 0.
  binary("div", ops.div, [references.div, {}], {
    slopes: [(_, b) => 1 / b, (a, b) => -(a / b) / b],
    open: (a, b) => Math.abs(a) >= MAX && Math.abs(b) === MAX,
  }),
  // a where b > 0, else 0, whatever a is there
  binary("reluGrad", ops.reluGrad, [references.reluGrad, {}], {
    slopes: [(_, b) => slopeOf(0)(b), null],
    cells: `
  a, b   NaN -∞ -max -1 -s -0 0      s    1  max    ∞
   NaN   NaN  0    0  0  0  0 0  0|NaN  NaN  NaN  NaN
    -∞   NaN  0    0  0  0  0 0   0|-∞   -∞   -∞   -∞
  -max   NaN  0    0  0  0  0 0 0|-max -max -max -max
    -1   NaN  0    0  0  0  0 0   0|-1   -1   -1   -1
    -s   NaN  0    0  0  0  0 0     -s   -s   -s   -s
    -0   NaN  0    0  0  0  0 0      0    0    0    0
     0   NaN  0    0  0  0  0 0      0    0    0    0
     s   NaN  0    0  0  0  0 0      s    s    s    s
     1   NaN  0    0  0  0  0 0    0|1    1    1    1
   max   NaN  0    0  0  0  0 0  0|max  max  max  max
     ∞   NaN  0    0  0  0  0 0    0|∞    ∞    ∞    ∞`,
  }),
  // a where b > 0, else .2 a
  binary("leakyReluGrad", (a, b) => ops.leakyReluGrad(a, b, 0.2), [references.leakyReluGrad, { alpha: 0.2 }], {
    slopes: [(_, b) => slopeOf(0.2)(b), null],
    cells: `
  a, b   NaN         -∞       -max         -1         -s         -0          0               s    1  max    ∞
   NaN   NaN        NaN        NaN        NaN        NaN        NaN        NaN             NaN  NaN  NaN  NaN
    -∞   NaN         -∞         -∞         -∞         -∞         -∞         -∞              -∞   -∞   -∞   -∞
  -max   NaN -6.8056e37 -6.8056e37 -6.8056e37 -6.8056e37 -6.8056e37 -6.8056e37 -6.8056e37|-max -max -max -max
    -1   NaN        -.2        -.2        -.2        -.2        -.2        -.2          -.2|-1   -1   -1   -1
    -s   NaN         -s         -s         -s         -s         -s         -s              -s   -s   -s   -s
    -0   NaN          0          0          0          0          0          0               0    0    0    0
     0   NaN          0          0          0          0          0          0               0    0    0    0
     s   NaN          s          s          s          s          s          s               s    s    s    s
     1   NaN         .2         .2         .2         .2         .2         .2            .2|1    1    1    1
   max   NaN  6.8056e37  6.8056e37  6.8056e37  6.8056e37  6.8056e37  6.8056e37   6.8056e37|max  max  max  max
     ∞   NaN          ∞          ∞          ∞          ∞          ∞          ∞               ∞    ∞    ∞    ∞`,
  }),
  binary("reluGrad", (a, b) => ops.leakyReluGrad(a, b, 0), [references.reluGrad, {}], {
    variant: "as leakyReluGrad of slope 0",
    slopes: [(_, b) => slopeOf(0)(b), null],
  }),
  // a · sign b, 0 where b is 0, whatever a is there
  binary("signMul", ops.signMul, [references.signMul, {}], {
    slopes: [(_, b) => Math.sign(b), null],
    cells: `
  a, b   NaN   -∞ -max   -1     -s -0 0      s    1  max    ∞
   NaN   NaN  NaN  NaN  NaN  0|NaN  0 0  0|NaN  NaN  NaN  NaN
    -∞   NaN    ∞    ∞    ∞    0|∞  0 0   0|-∞   -∞   -∞   -∞
  -max   NaN  max  max  max  0|max  0 0 0|-max -max -max -max
    -1   NaN    1    1    1    0|1  0 0   0|-1   -1   -1   -1
    -s   NaN    s    s    s      s  0 0     -s   -s   -s   -s
    -0   NaN    0    0    0      0  0 0      0    0    0    0
     0   NaN    0    0    0      0  0 0      0    0    0    0
     s   NaN   -s   -s   -s     -s  0 0      s    s    s    s
     1   NaN   -1   -1   -1   0|-1  0 0    0|1    1    1    1
   max   NaN -max -max -max 0|-max  0 0  0|max  max  max  max
     ∞   NaN   -∞   -∞   -∞   0|-∞  0 0    0|∞    ∞    ∞    ∞`,
  }),
  // a · b, but 0 · ±∞ = 0
  binary("weigh", ops.weigh, [references.weigh, {}], {
    slopes: [(_, b) => b, (a) => a],
    cells: `
  a, b   NaN   -∞      -max   -1        -s  -0   0         s    1       max    ∞
   NaN   NaN  NaN       NaN  NaN       NaN NaN NaN       NaN  NaN       NaN  NaN
    -∞   NaN    ∞         ∞    ∞     NaN|∞ NaN NaN    NaN|-∞   -∞        -∞   -∞
  -max   NaN    ∞         ∞  max  0|.03403   0   0 0|-.03403 -max        -∞   -∞
    -1   NaN    ∞       max    1         s   0   0        -s   -1      -max   -∞
    -s   NaN  0|∞  0|.03403    s         0   0   0         0   -s 0|-.03403 0|-∞
    -0   NaN    0         0    0         0   0   0         0    0         0    0
     0   NaN    0         0    0         0   0   0         0    0         0    0
     s   NaN 0|-∞ 0|-.03403   -s         0   0   0         0    s  0|.03403  0|∞
     1   NaN   -∞      -max   -1        -s   0   0         s    1       max    ∞
   max   NaN   -∞        -∞ -max 0|-.03403   0   0  0|.03403  max         ∞    ∞
     ∞   NaN   -∞        -∞   -∞    NaN|-∞ NaN NaN     NaN|∞    ∞         ∞    ∞`,
  }),

  // 1 where it holds, else 0; of NaN only `notEqual` holds
  binary("equal", equal, [comparisons.equal, {}], { slopes: [zero, zero] }),
  binary("notEqual", notEqual, [comparisons.notEqual, {}], { slopes: [zero, zero] }),
  binary("less", less, [comparisons.less, {}], { slopes: [zero, zero] }),
  binary("lessEqual", lessEqual, [comparisons.lessEqual, {}], { slopes: [zero, zero] }),
  binary("greater", greater, [comparisons.greater, {}], { slopes: [zero, zero] }),
  binary("greaterEqual", greaterEqual, [comparisons.greaterEqual, {}], { slopes: [zero, zero] }),
  binary("maximum", maximum, [largest.maximum, {}], { slopes: [share, (a, b) => share(b, a)] }),
  binary("minimum", minimum, [largest.minimum, {}], { slopes: [(a, b) => share(b, a), share] }),
  // the share of a in the gradient of maximum(a, b), which the rows above hold to it
  binary(
    "heaviside",
    (a, b) => valueAndGrad([a], () => maximum(a, b), a.engine.ones(a.shape)).gradients[0],
    [largest.heaviside, {}],
    {
      slopes: [zero, zero],
    },
  ),
  unary("clip", (x) => clip(x, -1, 1), [largest.clip, { least: -1, most: 1 }], {
    slopes: [(x) => (Number.isNaN(x) ? x : share(1, Math.abs(x)))],
    cells: `
  NaN  -1    -1     -1  -s   0   0   s      1     1    1
d NaN   0     0     .5   1   1   1   1     .5     0    0`,
  }),
  // Math.pow: a⁰ is 1, and 1 to an infinite power NaN
  binary("pow", pow, [powReference, {}], {
    slopes: [
      (a, b) => references.weighted(b, power(a, b - 1)),
      (a, b) => references.weighted(a === 0 ? 0 : log(a), power(a, b)),
    ],
    cells: `
  a, b   NaN   -∞ -max     -1      -s  -0   0       s    1  max    ∞
   NaN   NaN  NaN  NaN    NaN   NaN|1   1   1   NaN|1  NaN  NaN  NaN
    -∞   NaN    0    0      0     0|1   1   1     ∞|1   -∞    ∞    ∞
  -max   NaN    0    0     -s   NaN|1   1   1   NaN|1 -max    ∞    ∞
    -1   NaN  NaN    1     -1   NaN|1   1   1   NaN|1   -1    1  NaN
    -s   NaN    ∞    ∞   -∞|∞ NaN|1|∞   1   1 NaN|1|0   -s    0    0
    -0   NaN    ∞    ∞   -∞|∞     1|∞   1   1     0|1    0    0    0
     0   NaN    ∞    ∞   -∞|∞     1|∞   1   1     0|1    0    0    0
     s   NaN    ∞    ∞   -∞|∞     1|∞   1   1     0|1    s    0    0
     1   NaN  NaN    1      1       1   1   1       1    1    1  NaN
   max   NaN    0    0      s       1   1   1       1  max    ∞    ∞
     ∞   NaN    0    0      0     0|1   1   1     1|∞    ∞    ∞    ∞`,
  }),
  // the first argument is the condition; what is not chosen has no effect
  binary("where", (c, a) => where(c, a, 7), [ofWhere(({ a, b }) => ({ condition: a, a: b })), { b: 7 }], {
    variant: "else 7",
    slopes: [null, (c) => (c === 0 ? 0 : 1)],
  }),
  binary("where", (c, b) => where(c, 7, b), [ofWhere(({ a, b }) => ({ condition: a, b })), { a: 7 }], {
    variant: "7 or else",
    slopes: [null, (c) => (c === 0 ? 1 : 0)],
  }),

  // of two values: the first NaN, else the greatest or least, the first of equal ones
  binary("max", (a, b) => max(stack([a, b], 1), [1]), ofTwo(extremes.max, { axes: [1] }), {
    slopes: [(a, b) => (a >= b || Number.isNaN(a) ? 1 : 0), (a, b) => (a >= b || Number.isNaN(a) ? 0 : 1)],
    cells: `
  a, b   NaN   -∞ -max   -1   -s   -0    0    s    1  max    ∞
   NaN   NaN  NaN  NaN  NaN  NaN  NaN  NaN  NaN  NaN  NaN  NaN
    -∞   NaN   -∞ -max   -1   -s    0    0    s    1  max    ∞
  -max   NaN -max -max   -1   -s    0    0    s    1  max    ∞
    -1   NaN   -1   -1   -1   -s    0    0    s    1  max    ∞
    -s   NaN   -s   -s   -s   -s    0    0    s    1  max    ∞
    -0   NaN    0    0    0    0    0    0    s    1  max    ∞
     0   NaN    0    0    0    0    0    0    s    1  max    ∞
     s   NaN    s    s    s    s    s    s    s    1  max    ∞
     1   NaN    1    1    1    1    1    1    1    1  max    ∞
   max   NaN  max  max  max  max  max  max  max  max  max    ∞
     ∞   NaN    ∞    ∞    ∞    ∞    ∞    ∞    ∞    ∞    ∞    ∞`,
  }),
  binary("min", (a, b) => min(stack([a, b], 1), [1]), ofTwo(extremes.min, { axes: [1] }), {
    slopes: [(a, b) => (a <= b || Number.isNaN(a) ? 1 : 0), (a, b) => (a <= b || Number.isNaN(a) ? 0 : 1)],
  }),
  // the first of softmax [a, b]
  binary("softmax", (a, b) => unstack(softmax(stack([a, b], 1)), 1)[0] as Tensor, ofTwo(softmaxes.softmax, {}), {
    slopes: [
      (a, b) => firstSoftmax(a, b) * (1 - firstSoftmax(a, b)),
      (a, b) => -firstSoftmax(a, b) * (1 - firstSoftmax(a, b)),
    ],
    cells: `
  a, b   NaN   -∞  -max    -1    -s    -0     0     s     1   max     ∞
   NaN   NaN  NaN   NaN   NaN   NaN   NaN   NaN   NaN   NaN   NaN   NaN
    -∞   NaN  NaN     0     0     0     0     0     0     0     0   NaN
  -max   NaN    1    .5     0     0     0     0     0     0     0   NaN
    -1   NaN    1     1    .5 .2689 .2689 .2689 .2689 .1192     0   NaN
    -s   NaN    1     1 .7311    .5    .5    .5    .5 .2689     0   NaN
    -0   NaN    1     1 .7311    .5    .5    .5    .5 .2689     0   NaN
     0   NaN    1     1 .7311    .5    .5    .5    .5 .2689     0   NaN
     s   NaN    1     1 .7311    .5    .5    .5    .5 .2689     0   NaN
     1   NaN    1     1 .8808 .7311 .7311 .7311 .7311    .5     0   NaN
   max   NaN    1     1     1     1     1     1     1     1    .5   NaN
     ∞   NaN  NaN   NaN   NaN   NaN   NaN   NaN   NaN   NaN   NaN   NaN`,
  }),

  ...ACTIVATIONS.map(({ alpha, slope }) =>
    bias((x, b) => (alpha === 1 ? biasAdd(x, b) : biasRelu(x, b, alpha)), [biasReference, { alpha }], {
      variant: `slope ${alpha}`,
      slopes: [(x, b) => slope(x + b), null],
      // the sum overflows, and the slope would bring it back
      open: (x, b) => alpha === 0.2 && x === b && Math.abs(x) === MAX,
    }),
  ),
  ...ACTIVATIONS.flatMap(({ alpha, cells, slope }) => [
    ...CONVOLUTIONS.map(({ variant, x, w }) =>
      convolution({ op: "conv2dBias", x, w, alpha }, conv2d, [ofLarge(conv2dBias), { alpha }], {
        variant: `slope ${alpha}, ${variant}`,
        slopes: [slope],
        cells,
      }),
    ),
    ...TRANSPOSED.map(({ variant, x, w }) =>
      convolution(
        { op: "conv2dTransposeBias", x, w, alpha },
        conv2dTranspose,
        [ofSmall(conv2dTransposeBias), { alpha }],
        {
          variant: `slope ${alpha}, ${variant}`,
          slopes: [slope],
          cells,
        },
      ),
    ),
  ]),

  loss("loss", mse, [losses.loss, { loss: "square" }], {
    variant: "mse",
    slopes: [(x, t) => 2 * (x - t), (x, t) => -2 * (x - t)],
  }),
  loss("loss", l1, [losses.loss, { loss: "absolute" }], {
    variant: "l1",
    slopes: [(x, t) => Math.sign(x - t), (x, t) => -Math.sign(x - t)],
  }),
  // Targets of bceWithLogits lie in [0, 1]; beyond, it goes on linearly in t.
  loss("loss", bceWithLogits, [losses.loss, { loss: "bce" }], {
    variant: "bceWithLogits",
    slopes: [(x, t) => sigmoid(x) - t, (x) => -x],
    cells: `
  x, t   NaN     -∞        -max     -1        -s     -0      0        s      1         max      ∞
   NaN   NaN    NaN         NaN    NaN       NaN    NaN    NaN      NaN    NaN         NaN    NaN
    -∞   NaN     -∞          -∞     -∞      0|-∞      0      0      0|∞      ∞           ∞      ∞
  -max   NaN     -∞          -∞   -max 0|-.03403      0      0 0|.03403    max           ∞      ∞
    -1   NaN     -∞        -max -.6867     .3133  .3133  .3133    .3133 1.3133         max      ∞
    -s   NaN NaN|-∞ .6591|.6931  .6931     .6931  .6931  .6931    .6931  .6931 .7272|.6931  NaN|∞
    -0   NaN    NaN       .6931  .6931     .6931  .6931  .6931    .6931  .6931       .6931    NaN
     0   NaN    NaN       .6931  .6931     .6931  .6931  .6931    .6931  .6931       .6931    NaN
     s   NaN  NaN|∞ .7272|.6931  .6931     .6931  .6931  .6931    .6931  .6931 .6591|.6931 NaN|-∞
     1   NaN      ∞         max 2.3133    1.3133 1.3133 1.3133   1.3133  .3133        -max     -∞
   max   NaN      ∞           ∞      ∞       max    max    max      max      0          -∞     -∞
     ∞   NaN      ∞           ∞      ∞         ∞      ∞      ∞        ∞      0          -∞     -∞`,
  }),
  // of logits [x, 0] and targets [t, 1]
  loss("softmaxCrossEntropy", softmaxCrossEntropy, [losses.softmaxCrossEntropy, {}], {
    rowOf: (x, t) => ({ x: [x, 0], t: [t, 1] }),
    slopes: [(x, t) => exp(firstLogSoftmax(x)) * (t + 1) - t, (x) => -firstLogSoftmax(x)],
  }),
];
