import { valueAndGrad } from "../../autograd/tape.ts";
import { dispose } from "../../kernels/dispose.ts";
import { checkOptions, kindOf } from "../../kernels/options.ts";
import { checkFunction, type Engine, type Tensor } from "../../tensor/engine.ts";
import type { Values } from "../../tensor/reference/reference.ts";
import { format, indicesOf, type Shape, size } from "../../tensor/shape.ts";
import { audited } from "./audited.ts";
import { type Reference, type References, VerifyError } from "./checker.ts";
import { compareBound, type Finding } from "./compare.ts";
import { differenceQuotient, directions, holdGradient } from "./gradients.ts";

/** Inputs and attributes of one application of an op. Inputs are rounded to float32. */
export interface OpCase<N extends string, A> {
  readonly inputs: { readonly [K in N]: { readonly shape: Shape; readonly values: ArrayLike<number> } };
  readonly attributes: A;
}

/** How `checkOp` compares an op with its reference. */
export interface CheckOpOptions {
  /**
   * In addition to the reference's bound, |error| ≤ `tolerance` · (1 + |expected|) for a value, and
   * three times as much for a gradient. It matters where the bound is for more terms than these
   * cases have. Default 1e-5.
   */
  readonly tolerance?: number;
  /** Inputs that have no gradient, such as targets. */
  readonly constant?: readonly string[];
  /** References of further ops outside of this package that the op or its gradient applies. */
  readonly references?: References;
}

/** An op as its users apply it; what `defineOp` returns tells its name as well. */
interface Applied<N extends string, A> {
  (inputs: { readonly [K in N]: Tensor }, attributes: A): Tensor;
  readonly op?: { readonly name: string };
}

// step of difference quotients in float64
const STEP = 1e-5;

/** The cases, at least one: without any, nothing would be checked. */
function checkCases<N extends string, A>(cases: Iterable<OpCase<N, A>>): readonly OpCase<N, A>[] {
  if (typeof (cases as Partial<Iterable<unknown>> | undefined)?.[Symbol.iterator] !== "function") {
    throw new TypeError(`checkOp: expected \`cases\` as an array, got ${kindOf(cases)}`);
  }
  const all = [...cases];
  if (all.length === 0) throw new RangeError("checkOp: expected at least one case, got none");
  for (const [i, each] of all.entries()) {
    checkOptions(`checkOp: case ${i}`, each, ["inputs", "attributes"]);
    if (typeof each.inputs === "object" && each.inputs !== null) continue;
    throw new TypeError(`checkOp: expected a record as \`inputs\` of case ${i}, got ${kindOf(each.inputs)}`);
  }
  return all;
}

/**
 * Checks an op on given cases:
 *
 * - each op that it runs, forward and backward, gives what its reference gives for the inputs that
 *   it found, within its bound. There is no floor where the bound has none;
 * - its value is that of `reference` within that bound. A composition has a reference of its own;
 * - for each input the gradient from the tape, with its ops computed in float64, equals the central
 *   difference of the reference along a direction: the rules of differentiation are right;
 * - so does the gradient that the device computed, within `tolerance`.
 *
 * Incoming gradients and directions are uniform in [−1, 1), from Philox with seed 1, the same for
 * each case. NaN never passes.
 *
 * @throws VerifyError for the first value or gradient that differs; RangeError for no cases, and
 *   for a reference under the name of one of this package's ops; TypeError for other kinds.
 */
export async function checkOp<N extends string, A>(
  engine: Engine,
  op: Applied<N, A>,
  reference: Reference<N, NoInfer<A>>,
  cases: Iterable<OpCase<N, A>>,
  options: CheckOpOptions = {},
): Promise<void> {
  checkOptions("checkOp", options, ["tolerance", "constant", "references"]);
  const { tolerance = 1e-5, constant = [], references = {} } = options;
  for (const [name, f] of Object.entries({ op, reference: reference?.reference, bound: reference?.bound })) {
    checkFunction("checkOp", name, f);
  }
  const all = checkCases(cases);
  const known: References = op.op === undefined ? references : { ...references, [op.op.name]: reference };
  for (const { inputs: given, attributes } of all) {
    const inputs = rounded(given);
    const names = (Object.keys(inputs) as N[]).filter((name) => !constant.includes(name));
    const expected = reference.reference(inputs, attributes);
    const direction = directions();
    const dy = direction(expected.length).map(Math.fround);
    const work = () =>
      engine.scope(() => {
        const tensors = mapValues(inputs, (x) => engine.tensor(x.values, x.shape));
        const y = op(tensors, attributes);
        hold("number of values", size(y.shape), expected.length);
        if (names.length === 0) return { y, gradients: [] };
        const cotangent = engine.tensor(dy, y.shape);
        const { value, gradients } = valueAndGrad(
          names.map((name) => tensors[name]),
          () => op(tensors, attributes),
          cotangent,
        );
        return { y: value, gradients };
      });
    const { result, exact } = await audited(engine, work, known);
    const { y, gradients } = result;
    const values = await engine.read(y);
    holdValues(y.shape, compareBound(values, expected, reference.bound(inputs, attributes)));
    holdClosely(y.shape, values, expected, tolerance);
    for (const [i, name] of names.entries()) {
      const gradient = gradients[i] as Tensor;
      const { shape } = inputs[name];
      const along = direction(size(shape));
      const shifted = (step: number): Float64Array => {
        const moved = inputs[name].values.map((x, j) => x + step * (along[j] as number));
        return reference.reference({ ...inputs, [name]: { shape, values: moved } }, attributes);
      };
      holdGradient({
        name: `gradient of ${name}`,
        actual: Float64Array.from(await engine.read(gradient)),
        exact: await exact(gradient),
        along,
        quotient: differenceQuotient(dy, STEP, (step) => [shifted(step), shifted(-step)]),
        tolerance,
      });
    }
    dispose(...new Set([y, ...gradients]));
  }
}

/** Inputs as float32 holds them. */
export function rounded<N extends string>(inputs: OpCase<N, unknown>["inputs"]): { readonly [K in N]: Values } {
  return mapValues(inputs, ({ shape, values }) => ({ shape, values: Float64Array.from(values, Math.fround) }));
}

export function mapValues<N extends string, S, T>(
  record: { readonly [K in N]: S },
  f: (value: S) => T,
): { readonly [K in N]: T } {
  return Object.fromEntries(Object.entries<S>(record).map(([name, value]) => [name, f(value)])) as { [K in N]: T };
}

function hold(what: string, actual: number, expected: number): void {
  if (actual !== expected) throw new VerifyError(`checkOp: expected a ${what} of ${expected}, got ${actual}`);
}

function holdValues(shape: Shape, { passed, index, actual, expected, error, tolerance }: Finding): void {
  if (passed) return;
  throw new VerifyError(
    `checkOp: expected the value ${expected} at ${format(indicesOf(index, shape))} of ${format(shape)}, got ${actual}; ` +
      `relative error ${error.toExponential(2)}, allowed ${tolerance.toExponential(2)}`,
  );
}

function holdClosely(shape: Shape, values: Float32Array, expected: Float64Array, tolerance: number): void {
  expected.forEach((e, i) => {
    const x = values[i] as number;
    if (x === e || Math.abs(x - e) <= tolerance * (1 + Math.abs(e))) return;
    const where = `${format(indicesOf(i, shape))} of ${format(shape)}`;
    throw new VerifyError(
      `checkOp: expected the value ${e} at ${where}, got ${x}; allowed a tolerance of ${tolerance}`,
    );
  });
}
