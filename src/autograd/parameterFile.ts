import { DataError } from "../formats/error.ts";
import { float32 } from "../formats/float32.ts";
import { decodeSafetensors, encodeSafetensors } from "../formats/safetensors.ts";
import type { Tensor } from "../tensor/engine.ts";
import { size } from "../tensor/shape.ts";
import { checkParameters, type Parameters } from "./parameters.ts";

/**
 * The parameters by name as the bytes of a safetensors file, all float32: equal parameters give
 * equal bytes, and every reader of the format reads them. Rejects as `engine.read` does.
 *
 * @param metadata texts for the file's header.
 */
export async function saveParameters(
  parameters: Parameters,
  metadata?: Readonly<Record<string, string>>,
): Promise<Uint8Array> {
  checkParameters("saveParameters", parameters);
  const { flat, named } = parameters;
  const all = await flat.engine.read(flat);
  const tensors = Object.entries(named).map(([name, { shape, buffer }]) => {
    const first = buffer.offset / 4;
    return [name, { shape, data: all.slice(first, first + size(shape)) }] as const;
  });
  return encodeSafetensors(Object.fromEntries(tensors), metadata);
}

/**
 * Overwrites the parameters by the tensors of the same names in a safetensors file, of any origin.
 *
 * @param name what the errors call the file.
 * @throws DataError for bytes that are no safetensors file, for a parameter that it lacks, one of
 *   another shape or dtype than float32, and a tensor that is no parameter; then no parameter has
 *   changed.
 */
export function loadParameters(parameters: Parameters, bytes: Uint8Array, name = "parameters"): void {
  checkParameters("loadParameters", parameters);
  const { flat, named } = parameters;
  const file = decodeSafetensors(bytes, name);
  const surplus = [...file.tensors.keys()].find((key) => !Object.hasOwn(named, key));
  const all = new Float32Array(size(flat.shape));
  for (const [key, { shape, buffer }] of Object.entries<Tensor>(named)) {
    all.set(float32(file, name, key, shape), buffer.offset / 4);
  }
  if (surplus !== undefined) {
    throw new DataError(`${name}: expected tensors ${Object.keys(named).join(", ")} alone, got \`${surplus}\` too`);
  }
  flat.engine.write(flat, all);
}
