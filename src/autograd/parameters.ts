import { type Resource, resource } from "../kernels/dispose.ts";
import type { Engine, Tensor } from "../tensor/engine.ts";
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
  const entries = Object.entries(initial) as [N, { shape: Shape; values: ArrayLike<number> }][];
  if (entries.length === 0) throw new RangeError("createParameters: expected at least one parameter, got none");
  let count = 0;
  const placed = entries.map(([name, { shape, values }]) => {
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
