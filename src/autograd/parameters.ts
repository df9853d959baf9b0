import { type Resource, resource } from "../kernels/dispose.ts";
import { checkOptions, kindOf } from "../kernels/options.ts";
import { checkEngine, type Engine, Tensor } from "../tensor/engine.ts";
import { checkShape, type Shape, size } from "../tensor/shape.ts";
import { floatsOf } from "../tensor/values.ts";

/**
 * Trained tensors: named views of one flat buffer, so that an optimiser updates all of them in one
 * dispatch.
 */
export interface Parameters<N extends string = string> extends Resource {
  readonly flat: Tensor;
  readonly named: { readonly [K in N]: Tensor };
}

/**
 * Parameters and their first values, in the order of the record. Views start at multiples of 64
 * values; zeros lie between them.
 */
export function createParameters<N extends string>(
  engine: Engine,
  initial: { readonly [K in N]: { readonly shape: Shape; readonly values: ArrayLike<number> } },
): Parameters<N> {
  checkEngine("createParameters", engine);
  if (typeof initial !== "object" || initial === null || Array.isArray(initial)) {
    throw new TypeError(`createParameters: expected a record of shapes and values, got ${kindOf(initial)}`);
  }
  const entries = Object.entries(initial) as [N, { shape: Shape; values: ArrayLike<number> }][];
  if (entries.length === 0) throw new RangeError("createParameters: expected at least one parameter, got none");
  let count = 0;
  const placed = entries.map(([name, given]) => {
    checkOptions(`createParameters: ${name}`, given, ["shape", "values"]);
    const { shape, values } = given;
    checkShape(`createParameters: ${name}`, shape);
    const first = count;
    count += Math.ceil(size(shape) / 64) * 64;
    return { name, shape, values, first };
  });
  const all = new Float32Array(count);
  for (const { name, shape, values, first } of placed) {
    const floats = floatsOf(`createParameters: ${name}`, values);
    if (floats.length !== size(shape)) {
      throw new RangeError(`createParameters: expected ${size(shape)} values for \`${name}\`, got ${floats.length}`);
    }
    all.set(floats, first);
  }
  const flat = engine.tensor(all, [count]);
  const named = placed.map(({ name, shape, first }) => {
    return [name, engine.view(flat, shape, first)];
  });
  const fields = { flat, named: Object.fromEntries(named) as { [K in N]: Tensor } };
  return resource(fields, () => flat.dispose());
}

/** TypeError unless `parameters` are what `createParameters` makes. */
export function checkParameters(op: string, parameters: unknown): asserts parameters is Parameters {
  const { flat, named } = (parameters ?? {}) as Partial<Parameters>;
  if (flat instanceof Tensor && typeof named === "object") return;
  throw new TypeError(`${op}: expected the record of \`createParameters\`, got ${kindOf(parameters)}`);
}
