// Operands of ops by element in float64.
import { broadcastShape } from "../broadcasting.ts";
import { size } from "../shape.ts";
import { at, type Bound, type KernelName, type OpReference, type Values } from "./reference.ts";
import { repeated } from "./sum.ts";

/** The kernels of an op of two operands: for one shape, for two, and for shapes that alternate. */
export const BY_ELEMENT: readonly KernelName[] = ["elementwise", "elementwiseBroadcast", "move"];

/** Operands that are numbers, under their names. */
export type Numbers<N extends string> = { readonly [K in N]?: number };
export type Pair = Numbers<"a" | "b">;

/**
 * The operands `names`, inputs or else numbers, each repeated to their common shape. Numbers are
 * rounded to float32, like every param.
 */
export function operands<N extends string>(
  names: readonly N[],
  inputs: { readonly [K in N]?: Values },
  numbers: Numbers<N>,
): readonly Float64Array[] {
  const given = names.map(
    (name) => inputs[name] ?? { shape: [], values: Float64Array.of(Math.fround(numbers[name] ?? Number.NaN)) },
  );
  const shape = broadcastShape("reference", ...given.map((x) => x.shape));
  return given.map((x) => (x.values.length === size(shape) ? x.values : repeated(x, shape)));
}

/** The row of f(a, b) by element. */
export const binary = <A = Record<never, never>>(
  f: (a: number, b: number, attributes: A) => number,
  bound: Bound,
): OpReference<"a" | "b", A & Pair> => ({
  kernels: BY_ELEMENT,
  reference(inputs, attributes) {
    const [a, b] = operands(["a", "b"], inputs, attributes) as [Float64Array, Float64Array];
    return a.map((x, i) => f(x, at(b, i), attributes));
  },
  bound: () => bound,
});
