import { checkValues } from "./checkValues.ts";
import { DataError } from "./error.ts";
import type { SafeTensors } from "./safetensors.ts";

/**
 * The values of the float32 tensor `name` of a file, of the given shape; null in a shape stands for
 * any length. DataError where there is none, or one of another shape or dtype.
 *
 * @param path what the errors call the file.
 */
export function float32(
  { tensors }: SafeTensors,
  path: string,
  name: string,
  shape: readonly (number | null)[],
): Float32Array {
  const tensor = tensors.get(name);
  if (tensor === undefined) {
    const names = [...tensors.keys()].slice(0, 20).join(", ");
    throw new DataError(`${path}: expected a tensor \`${name}\`, got none among ${names || "nothing"}`);
  }
  const { data, shape: got } = tensor;
  const fits = got.length === shape.length && got.every((length, axis) => length === (shape[axis] ?? length));
  if (fits && data instanceof Float32Array) return data;
  const wanted = shape.map((length) => length ?? "any").join(", ");
  const kind = data instanceof Float32Array ? "" : ` of ${data.constructor.name.replace(/Array$/, "")}`;
  throw new DataError(`${path}: expected \`${name}\` as float32 [${wanted}], got [${got.join(", ")}]${kind}`);
}

/** The float32 tensor `name` of a file: see `float32`. DataError for a value that is not finite. */
export function finiteFloat32(...[file, path, name, shape]: Parameters<typeof float32>): Float32Array {
  const values = float32(file, path, name, shape);
  checkValues(`${path}: expected finite numbers in \`${name}\``, values, Number.isFinite);
  return values;
}
