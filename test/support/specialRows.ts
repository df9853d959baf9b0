// How the rows of test/support/specialValues.ts are computed: each kind of function in float64, by
// the references of the table of ops, and on the device, all cells at a time.
import { valueAndGrad } from "../../src/autograd/tape.ts";
import { dispose } from "../../src/kernels/dispose.ts";
import type { Engine, Tensor } from "../../src/tensor/engine.ts";
import type { FinishOptions } from "../../src/tensor/ops/convolution/conv2d.ts";
import type { Bound, OpReference, Values } from "../../src/tensor/reference/reference.ts";
import { type Shape, size } from "../../src/tensor/shape.ts";

/** The greatest float32. */
export const MAX: number = (2 - 2 ** -23) * 2 ** 127;
/** A subnormal float32. */
export const SUBNORMAL: number = Math.fround(1e-40);
const { NaN: NAN, POSITIVE_INFINITY: INFINITY } = Number;

/** The special values, in the order of the table's columns. */
export const SPECIAL: readonly number[] = [NAN, -INFINITY, -MAX, -1, -SUBNORMAL, -0, 0, SUBNORMAL, 1, MAX, INFINITY];

/** Every cell of the table of a function of one or two arguments, line by line. */
export const cellsOf = (arity: 1 | 2): readonly (readonly number[])[] =>
  arity === 1 ? SPECIAL.map((x) => [x]) : SPECIAL.flatMap((a) => SPECIAL.map((b) => [a, b]));

/** A function of as many numbers as a row has arguments. */
type Of<T> = (...x: number[]) => T;

/** What a row says of its function. */
export interface Says {
  /** What tells the row from others of its op, such as a slope. */
  readonly variant?: string;
  /** The derivative by each argument, in float64; null where there is none to compare. */
  readonly slopes: readonly (Of<number> | null)[];
  /** The cells, see test/support/specialValues.ts. */
  readonly cells?: string;
  /** Which cells are the device's choice. Default: none. */
  readonly open?: Of<boolean>;
}

/** What the device gives for the cells, in their order. */
export interface Computed {
  readonly values: ArrayLike<number>;
  /** By each argument that has a slope, for an incoming gradient of 1. */
  readonly gradients: readonly ArrayLike<number>[];
}

/** A function of one argument, or of two in every pair. */
export interface Row extends Says {
  /** Name of the op in the table of ops. */
  readonly op: string;
  readonly arity: 1 | 2;
  /** What it computes, in float64, and how far float32 may be off. */
  readonly value: Of<number>;
  readonly bound: Of<Bound>;
  compute(engine: Engine): Promise<Computed>;
}

/** A row of the table of ops with the attributes of a case. */
type Reference<N extends string, A> = readonly [Pick<OpReference<N, A>, "reference" | "bound">, NoInfer<A>];

/** The reference as a function of numbers, from which `inputs` makes the op's inputs. */
const inFloat64 = <N extends string, A>(
  [{ reference, bound }, attributes]: Reference<N, A>,
  inputs: Of<{ readonly [K in N]: Values }>,
): Pick<Row, "value" | "bound"> => ({
  value: (...x) => reference(inputs(...x), attributes)[0] as number,
  bound: (...x) => bound(inputs(...x), attributes),
});

const values = (shape: Shape, ...numbers: number[]): Values => ({ shape, values: Float64Array.from(numbers) });
const one = (x = NAN): Values => values([1], x);
/** The argument number `i` of all cells. */
const column = (arity: 1 | 2, i: number): number[] => cellsOf(arity).map((cell) => cell[i] as number);

/** Reads value and gradients of `f` by the inputs that have a slope. */
async function differentiate(
  engine: Engine,
  { slopes }: Says,
  f: () => { readonly inputs: readonly Tensor[]; readonly y: () => Tensor; readonly dy: Tensor },
): Promise<Computed> {
  const { value, gradients } = engine.scope(() => {
    const { inputs, y, dy } = f();
    return valueAndGrad(
      inputs.filter((_, i) => slopes[i] !== null),
      y,
      dy,
    );
  });
  const read = { values: await engine.read(value), gradients: await Promise.all(gradients.map((g) => engine.read(g))) };
  dispose(...new Set([value, ...gradients])); // a gradient may be another, or the incoming one
  return read;
}

/** An op of one tensor, by element. */
export const unary = <A>(op: string, f: (x: Tensor) => Tensor, row: Reference<"x", A>, says: Says): Row => ({
  op,
  arity: 1,
  ...says,
  ...inFloat64(row, (x) => ({ x: one(x) })),
  compute: (engine) =>
    differentiate(engine, says, () => {
      const x = engine.tensor(column(1, 0));
      return { inputs: [x], y: () => f(x), dy: engine.ones(x.shape) };
    }),
});

/** An op of two tensors, by element. */
export const binary = <A>(
  op: string,
  f: (a: Tensor, b: Tensor) => Tensor,
  row: Reference<"a" | "b", A>,
  says: Says,
): Row => ({
  op,
  arity: 2,
  ...says,
  ...inFloat64(row, (a, b) => ({ a: one(a), b: one(b) })),
  compute: (engine) =>
    differentiate(engine, says, () => {
      const [a, b] = [engine.tensor(column(2, 0)), engine.tensor(column(2, 1))];
      return { inputs: [a, b], y: () => f(a, b), dy: engine.ones(a.shape) };
    }),
});

/** A bias: the first argument changes with the row, the second one with the channel. */
export const bias = <A>(
  f: (x: Tensor, b: Tensor) => Tensor,
  row: Reference<"x" | "b", A>,
  says: Says & { readonly slopes: readonly [Of<number>, null] }, // a bias sums over rows
): Row => ({
  op: "biasAdd",
  arity: 2,
  ...says,
  ...inFloat64(row, (x, b) => ({ x: one(x), b: one(b) })),
  compute: (engine) =>
    differentiate(engine, says, () => {
      const [x, b] = [engine.tensor(column(2, 0), [SPECIAL.length, SPECIAL.length]), engine.tensor(SPECIAL)];
      return { inputs: [x, b], y: () => f(x, b), dy: engine.ones(x.shape) };
    }),
});

/** A convolution of zeros of the given shapes, whose bias is the argument, in its first pixel. */
export const convolution = <A>(
  { op, x, w, alpha }: { readonly op: string; readonly x: Shape; readonly w: Shape; readonly alpha: number },
  f: (x: Tensor, w: Tensor, options: FinishOptions) => Tensor,
  row: Reference<"x" | "w" | "b", A>,
  says: Says,
): Row => ({
  op,
  arity: 1,
  ...says,
  ...inFloat64(row, (b) => ({ x: values([1, 1, 1, 1], 0), w: values([1, 1, 1, 1], 0), b: one(b) })),
  compute: (engine) =>
    differentiate(engine, says, () => {
      const channels = (op === "conv2dBias" ? w[3] : w[2]) as number;
      const b = engine.tensor(Float32Array.from({ length: channels }, (_, i) => SPECIAL[i] ?? 0));
      const y = (): Tensor => f(engine.zeros(x), engine.zeros(w), { bias: b, alpha });
      const { shape } = y();
      const dy = Float32Array.from({ length: size(shape) }, (_, i) => (i < channels ? 1 : 0));
      return { inputs: [b], y, dy: engine.tensor(dy, shape) };
    }),
});

/** Logits and targets of one row. */
interface LossRow {
  readonly x: readonly number[];
  readonly t: readonly number[];
}

/**
 * A loss of rows, whose first logit and target are the arguments. Each cell's value is a mean of
 * its own; the gradients are those of the mean over all cells, for an incoming gradient of as many.
 */
export const loss = <A>(
  op: string,
  f: (x: Tensor, t: Tensor) => Tensor,
  row: Reference<"x" | "t", A>,
  { rowOf = (x, t) => ({ x: [x], t: [t] }), ...says }: Says & { readonly rowOf?: (x: number, t: number) => LossRow },
): Row => ({
  op,
  arity: 2,
  ...says,
  ...inFloat64(row, (x = NAN, t = NAN) => {
    const given = rowOf(x, t);
    return { x: values([1, given.x.length], ...given.x), t: values([1, given.t.length], ...given.t) };
  }),
  async compute(engine) {
    const given = cellsOf(2).map(([x, t]) => rowOf(x as number, t as number));
    const width = given[0]?.x.length ?? 1;
    const gathered = engine.empty([64 * given.length]); // views begin at multiples of 64
    engine.scope(() => {
      for (const [i, { x, t }] of given.entries()) {
        const y = f(engine.tensor(x, [1, width]), engine.tensor(t, [1, width]));
        engine.copy(op, y.buffer, engine.view(gathered, [1], 64 * i).buffer);
      }
    });
    const all = await engine.read(gathered);
    gathered.dispose();
    const { gradients } = await differentiate(engine, says, () => {
      const tensors = (["x", "t"] as const).map((name) =>
        engine.tensor(
          given.flatMap((cell) => cell[name]),
          [given.length, width],
        ),
      );
      const [x, t] = tensors as [Tensor, Tensor];
      return { inputs: [x, t], y: () => f(x, t), dy: engine.tensor(given.length) };
    });
    return {
      values: given.map((_, i) => all[64 * i] as number),
      gradients: gradients.map((gradient) => given.map((_, i) => gradient[width * i] as number)),
    };
  },
});
