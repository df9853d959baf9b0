// What each op of the engine computes, in float64, and how far float32 may be off.
import type { Geometry } from "../../tensor/ops/convolution/geometry.ts";
import type { MatmulAttributes } from "../../tensor/ops/product/matmul.ts";
import { biasAdd, biasRelu } from "../../tensor/reference/biasAdd.ts";
import { conv, convTranspose, convWeightGrad } from "../../tensor/reference/conv2d.ts";
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
  /**
   * Of the terms, where they may cancel: the sum of k of them is about √k times as large as one.
   */
  readonly scale: number | ((index: number, expected: Float64Array) => number);
}

export interface OpReference {
  reference(inputs: Inputs, attributes: never): Float64Array;
  bound(inputs: Inputs, attributes: never): Bound;
  /** Where the reference is written, under src. */
  readonly file: string;
}

const UNIT = 2 ** -24; // rounding of one float32 operation
// standard deviations: sums are compared at millions of places, and drivers may order terms as they
// like
const SLACK = 6;

/** A sum of k terms of the given magnitude: roundings of partial sums add up like a random walk. */
const sumBound = (terms: number, magnitude: number): Bound => ({
  tolerance: SLACK * UNIT * Math.sqrt(terms),
  scale: Math.sqrt(terms) * magnitude,
});

const value = (inputs: Inputs, name: string): Values => inputs[name] ?? { shape: [0], values: new Float64Array() };
const spread = (inputs: Inputs, ...names: readonly string[]): number =>
  names.reduce((product, name) => product * rms(value(inputs, name).values), 1);

function held<A>(
  file: string,
  reference: (inputs: never, attributes: A) => Float64Array,
  bound: (inputs: Inputs, attributes: A) => Bound,
): OpReference {
  return {
    file: `tensor/reference/${file}`,
    reference: reference as OpReference["reference"],
    bound: bound as OpReference["bound"],
  };
}

type Sides = { readonly geometry: Geometry };
const reach = (length: number, stride: number): number => Math.ceil(length / stride);

const pointwise = (
  reference: (inputs: never, attributes: Record<never, never>) => Float64Array,
  tolerance: number,
  scale = 0,
): OpReference => held("elementwise", reference, () => ({ tolerance, scale }));

const [ROUNDED, DIVIDED] = [2 * UNIT, 8 * UNIT];
/** WGSL allows exp 3 + 2|x| units; drivers are far better. */
const TRANSCENDENTAL = 64 * UNIT;

type FinishedSides = Sides & { readonly alpha: number };

const finish = (sums: Float64Array, b: Values, { alpha }: FinishedSides): Float64Array =>
  biasRelu({ x: { shape: [sums.length], values: sums }, b }, { alpha: Math.fround(alpha) });

export const OP_REFERENCES: Readonly<Record<string, OpReference>> = {
  conv2d: held(
    "conv2d",
    ({ x, w }: { x: Values; w: Values }, { geometry }: Sides) => conv(geometry, x.values, w.values),
    (inputs, { geometry: { kh, kw, c } }) => sumBound(kh * kw * c, spread(inputs, "x", "w")),
  ),
  conv2dTranspose: held(
    "conv2d",
    ({ x, w }: { x: Values; w: Values }, { geometry }: Sides) => convTranspose(geometry, x.values, w.values),
    (inputs, { geometry: { kh, kw, strideY, strideX, d } }) =>
      sumBound(reach(kh, strideY) * reach(kw, strideX) * d, spread(inputs, "x", "w")),
  ),
  conv2dBias: held(
    "conv2d",
    ({ x, w, b }: { x: Values; w: Values; b: Values }, attributes: FinishedSides) =>
      finish(conv(attributes.geometry, x.values, w.values), b, attributes),
    (inputs, { geometry: { kh, kw, c } }) => sumBound(kh * kw * c + 1, spread(inputs, "x", "w")),
  ),
  conv2dTransposeBias: held(
    "conv2d",
    ({ x, w, b }: { x: Values; w: Values; b: Values }, attributes: FinishedSides) =>
      finish(convTranspose(attributes.geometry, x.values, w.values), b, attributes),
    (inputs, { geometry: { kh, kw, strideY, strideX, d } }) =>
      sumBound(reach(kh, strideY) * reach(kw, strideX) * d + 1, spread(inputs, "x", "w")),
  ),
  conv2dWeightGrad: held(
    "conv2d",
    ({ x, g }: { x: Values; g: Values }, { geometry }: Sides) => convWeightGrad(geometry, x.values, g.values),
    (inputs, { geometry: { batch, sh, sw } }) => sumBound(batch * sh * sw, spread(inputs, "x", "g")),
  ),
  matmul: held("matmul", matmul, (inputs, { transposeA }: MatmulAttributes) =>
    sumBound(value(inputs, "a").shape.at(transposeA ? -2 : -1) ?? 1, spread(inputs, "a", "b")),
  ),
  sum: held("sum", sum, (inputs, { axes }: { readonly axes: readonly number[] }) => {
    const { shape } = value(inputs, "x");
    return sumBound(size(shape.filter((_, axis) => axes.includes(axis))), spread(inputs, "x"));
  }),
  broadcast: held("sum", broadcast, () => ({ tolerance: 0, scale: 0 })),
  reshape: {
    file: "tensor/shape",
    reference: ({ x }) => x?.values ?? new Float64Array(),
    bound: () => ({ tolerance: 0, scale: 0 }),
  },
  biasAdd: held(
    "biasAdd",
    (inputs: never, { alpha }: { readonly alpha: number }) =>
      alpha === 1 ? biasAdd(inputs, {}) : biasRelu(inputs, { alpha }),
    () => ({ tolerance: ROUNDED, scale: 0 }),
  ),
  logSoftmax: held("logSoftmax", logSoftmax, () => ({ tolerance: TRANSCENDENTAL, scale: 1 })),
  add: pointwise(elementwise.add, ROUNDED),
  sub: pointwise(elementwise.sub, ROUNDED),
  mul: pointwise(elementwise.mul, ROUNDED),
  div: pointwise(elementwise.div, DIVIDED),
  affine: held(
    "elementwise",
    (inputs: never, { alpha, beta }: { readonly alpha: number; readonly beta: number }) =>
      elementwise.affine(inputs, { alpha: Math.fround(alpha), beta: Math.fround(beta) }),
    (inputs, { alpha, beta }) => ({
      tolerance: 2 * ROUNDED,
      scale: Math.abs(beta) + Math.abs(alpha) * spread(inputs, "x"),
    }),
  ),
  leakyRelu: held(
    "elementwise",
    (inputs: never, { alpha }: { readonly alpha: number }) =>
      elementwise.leakyRelu(inputs, { alpha: Math.fround(alpha) }),
    () => ({ tolerance: ROUNDED, scale: 0 }),
  ),
  leakyReluGrad: held(
    "elementwise",
    (inputs: never, { alpha }: { readonly alpha: number }) =>
      elementwise.leakyReluGrad(inputs, { alpha: Math.fround(alpha) }),
    () => ({ tolerance: ROUNDED, scale: 0 }),
  ),
  sigmoid: pointwise(elementwise.sigmoid, TRANSCENDENTAL),
  tanh: pointwise(elementwise.tanh, TRANSCENDENTAL),
  exp: pointwise(elementwise.exp, TRANSCENDENTAL),
  log: pointwise(elementwise.log, TRANSCENDENTAL, 1),
  sqrt: pointwise(elementwise.sqrt, DIVIDED),
  square: pointwise(elementwise.square, ROUNDED),
  abs: pointwise(elementwise.abs, 0),
  signMul: pointwise(elementwise.signMul, 0),
  loss: held("losses", loss, (inputs) => ({ tolerance: TRANSCENDENTAL, scale: spread(inputs, "x") })),
  lossGradient: held("losses", lossGradient, (inputs) => ({
    tolerance: TRANSCENDENTAL,
    scale: spread(inputs, "dy") / value(inputs, "x").values.length,
  })),
  uniform: held("random", fill(uniform), () => ({ tolerance: 0, scale: 0 })),
  normal: held("random", fill(normal), () => ({
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
