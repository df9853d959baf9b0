// What each op of the engine computes, in float64, and how far float32 may be off.
import type { Geometry } from "../../tensor/ops/convolution/geometry.ts";
import type { MatmulAttributes } from "../../tensor/ops/product/matmul.ts";
import { bias, biasRelu } from "../../tensor/reference/bias.ts";
import { down, up, weightGradient } from "../../tensor/reference/conv2d.ts";
import * as elementwise from "../../tensor/reference/elementwise.ts";
import { logSoftmax } from "../../tensor/reference/logSoftmax.ts";
import { loss, lossGradient } from "../../tensor/reference/losses.ts";
import { matmul } from "../../tensor/reference/matmul.ts";
import { normal, uniform } from "../../tensor/reference/random.ts";
import type { Values } from "../../tensor/reference/reference.ts";
import { broadcast, sum } from "../../tensor/reference/sum.ts";
import { type Shape, size } from "../../tensor/shape.ts";
import { normalScale, rms } from "./compare.ts";

type Inputs = Readonly<Record<string, Values>>;

/** How far values may be off: |a − e| ≤ tolerance · (|e| + rms(e) + scale). */
export interface Bound {
  readonly tolerance: number;
  /** Of the terms, where they may cancel: the sum of k of them is about √k times as large as one. */
  readonly scale: number | ((index: number, expected: Float64Array) => number);
}

export interface OpTwin {
  reference(inputs: Inputs, attributes: never): Float64Array;
  bound(inputs: Inputs, attributes: never): Bound;
  /** Where the reference is written, under src. */
  readonly file: string;
}

const UNIT = 2 ** -24; // rounding of one float32 operation
const SLACK = 6; // standard deviations: sums are compared at millions of places, and drivers may order terms as they like

/** A sum of k terms of the given magnitude: roundings of partial sums add up like a random walk. */
const sumBound = (terms: number, magnitude: number): Bound => ({
  tolerance: SLACK * UNIT * Math.sqrt(terms),
  scale: Math.sqrt(terms) * magnitude,
});

const value = (inputs: Inputs, name: string): Values => inputs[name] ?? { shape: [0], values: new Float64Array() };
const spread = (inputs: Inputs, ...names: readonly string[]): number =>
  names.reduce((product, name) => product * rms(value(inputs, name).values), 1);

function twin<A>(
  file: string,
  reference: (inputs: never, attributes: A) => Float64Array,
  bound: (inputs: Inputs, attributes: A) => Bound,
): OpTwin {
  return {
    file: `tensor/reference/${file}`,
    reference: reference as OpTwin["reference"],
    bound: bound as OpTwin["bound"],
  };
}

type Sides = { readonly geometry: Geometry };
const reach = (length: number, stride: number): number => Math.ceil(length / stride);

const pointwise = (
  reference: (inputs: never, attributes: Record<never, never>) => Float64Array,
  tolerance: number,
  scale = 0,
): OpTwin => twin("elementwise", reference, () => ({ tolerance, scale }));

const [ROUNDED, DIVIDED] = [2 * UNIT, 8 * UNIT];
/** WGSL allows exp 3 + 2|x| units; drivers are far better. */
const TRANSCENDENTAL = 64 * UNIT;

type FinishedSides = Sides & { readonly alpha: number };

const finish = (sums: Float64Array, b: Values, { alpha }: FinishedSides): Float64Array =>
  biasRelu({ x: { shape: [sums.length], values: sums }, b }, { alpha: Math.fround(alpha) });

export const OP_TWINS: Readonly<Record<string, OpTwin>> = {
  conv2d: twin(
    "conv2d",
    ({ x, w }: { x: Values; w: Values }, { geometry }: Sides) => down(geometry, x.values, w.values),
    (inputs, { geometry: { kh, kw, c } }) => sumBound(kh * kw * c, spread(inputs, "x", "w")),
  ),
  conv2dTranspose: twin(
    "conv2d",
    ({ x, w }: { x: Values; w: Values }, { geometry }: Sides) => up(geometry, x.values, w.values),
    (inputs, { geometry: { kh, kw, strideY, strideX, d } }) =>
      sumBound(reach(kh, strideY) * reach(kw, strideX) * d, spread(inputs, "x", "w")),
  ),
  conv2dBias: twin(
    "conv2d",
    ({ x, w, b }: { x: Values; w: Values; b: Values }, attributes: FinishedSides) =>
      finish(down(attributes.geometry, x.values, w.values), b, attributes),
    (inputs, { geometry: { kh, kw, c } }) => sumBound(kh * kw * c + 1, spread(inputs, "x", "w")),
  ),
  conv2dTransposeBias: twin(
    "conv2d",
    ({ x, w, b }: { x: Values; w: Values; b: Values }, attributes: FinishedSides) =>
      finish(up(attributes.geometry, x.values, w.values), b, attributes),
    (inputs, { geometry: { kh, kw, strideY, strideX, d } }) =>
      sumBound(reach(kh, strideY) * reach(kw, strideX) * d + 1, spread(inputs, "x", "w")),
  ),
  conv2dWeightGradient: twin(
    "conv2d",
    ({ x, g }: { x: Values; g: Values }, { geometry }: Sides) => weightGradient(geometry, x.values, g.values),
    (inputs, { geometry: { batch, sh, sw } }) => sumBound(batch * sh * sw, spread(inputs, "x", "g")),
  ),
  matmul: twin("matmul", matmul, (inputs, { transposeA }: MatmulAttributes) =>
    sumBound(value(inputs, "a").shape.at(transposeA ? -2 : -1) ?? 1, spread(inputs, "a", "b")),
  ),
  sum: twin("sum", sum, (inputs, { axes }: { readonly axes: readonly number[] }) => {
    const { shape } = value(inputs, "x");
    return sumBound(size(shape.filter((_, axis) => axes.includes(axis))), spread(inputs, "x"));
  }),
  broadcast: twin("sum", broadcast, () => ({ tolerance: 0, scale: 0 })),
  reshape: {
    file: "tensor/shape",
    reference: ({ x }) => x?.values ?? new Float64Array(),
    bound: () => ({ tolerance: 0, scale: 0 }),
  },
  bias: twin(
    "bias",
    (inputs: never, { alpha }: { readonly alpha: number }) =>
      alpha === 1 ? bias(inputs, {}) : biasRelu(inputs, { alpha }),
    () => ({ tolerance: ROUNDED, scale: 0 }),
  ),
  logSoftmax: twin("logSoftmax", logSoftmax, () => ({ tolerance: TRANSCENDENTAL, scale: 1 })),
  add: pointwise(elementwise.add, ROUNDED),
  sub: pointwise(elementwise.sub, ROUNDED),
  mul: pointwise(elementwise.mul, ROUNDED),
  div: pointwise(elementwise.div, DIVIDED),
  affine: twin(
    "elementwise",
    (inputs: never, { alpha, beta }: { readonly alpha: number; readonly beta: number }) =>
      elementwise.affine(inputs, { alpha: Math.fround(alpha), beta: Math.fround(beta) }),
    (inputs, { alpha, beta }) => ({
      tolerance: 2 * ROUNDED,
      scale: Math.abs(beta) + Math.abs(alpha) * spread(inputs, "x"),
    }),
  ),
  leakyRelu: twin(
    "elementwise",
    (inputs: never, { alpha }: { readonly alpha: number }) =>
      elementwise.leakyRelu(inputs, { alpha: Math.fround(alpha) }),
    () => ({ tolerance: ROUNDED, scale: 0 }),
  ),
  gate: twin(
    "elementwise",
    (inputs: never, { alpha }: { readonly alpha: number }) => elementwise.gate(inputs, { alpha: Math.fround(alpha) }),
    () => ({ tolerance: ROUNDED, scale: 0 }),
  ),
  sigmoid: pointwise(elementwise.sigmoid, TRANSCENDENTAL),
  tanh: pointwise(elementwise.tanh, TRANSCENDENTAL),
  exp: pointwise(elementwise.exp, TRANSCENDENTAL),
  log: pointwise(elementwise.log, TRANSCENDENTAL, 1),
  sqrt: pointwise(elementwise.sqrt, DIVIDED),
  square: pointwise(elementwise.square, ROUNDED),
  abs: pointwise(elementwise.abs, 0),
  mulSign: pointwise(elementwise.mulSign, 0),
  loss: twin("losses", loss, (inputs) => ({ tolerance: TRANSCENDENTAL, scale: spread(inputs, "x") })),
  lossGradient: twin("losses", lossGradient, (inputs) => ({
    tolerance: TRANSCENDENTAL,
    scale: spread(inputs, "dy") / value(inputs, "x").values.length,
  })),
  uniform: twin("random", fill(uniform), () => ({ tolerance: 0, scale: 0 })),
  normal: twin("random", fill(normal), () => ({
    tolerance: TRANSCENDENTAL,
    scale: (i, y) => normalScale(y[i - (i % 2)] ?? 0, y[i - (i % 2) + 1] ?? 0),
  })),
};

interface Filled {
  readonly shape: Shape;
  readonly seed: number;
  readonly stream: number;
  readonly offset?: number;
}

function fill(reference: typeof uniform): (inputs: never, attributes: Filled) => Float64Array {
  return (_inputs, attributes) => reference({}, { offset: 0, ...attributes });
}
