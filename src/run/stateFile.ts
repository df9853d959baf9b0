import { sha256 } from "../files/sha256.ts";
import { checkFormat } from "../formats/checkFormat.ts";
import { DataError } from "../formats/error.ts";
import { decodeSafetensors, encodeSafetensors, type SafeTensor, type SafeTensors } from "../formats/safetensors.ts";

/**
 * The bytes of a state of records, numbers, text and typed arrays. Float32 and float64 arrays
 * become tensors; everything else is JSON in the metadata, with a SHA-256 of it all.
 */
export function encodeState(format: string, state: object): Uint8Array {
  const tensors: Record<string, SafeTensor> = {};
  const scalars = JSON.stringify(take(state, "", tensors), (_key, value: unknown) =>
    typeof value === "number" && !Number.isFinite(value) ? { number: String(value) } : value,
  );
  const metadata = { format, state: scalars };
  return encodeSafetensors(tensors, { ...metadata, sha256: sha256(encodeSafetensors(tensors, metadata)) });
}

/**
 * Reads what `encodeState` wrote, and nothing else: a file with one wrong bit is refused. Because
 * of the digest, the value has the type that was written under this format.
 *
 * @param advice the advice in an error about a file of another format.
 * @throws DataError naming the file; FormatError for another format.
 */
export function decodeState(format: string, bytes: Uint8Array, name: string, advice: string): unknown {
  const { tensors, metadata } = decodeSafetensors(bytes, name);
  const state = metadata.get("state");
  checkFormat(name, format, metadata.get("format"), advice);
  if (state === undefined) throw new DataError(`${name}: expected \`state\` in its metadata, got none`);
  const all = Object.fromEntries(tensors);
  const plain = { format, state };
  const digest = sha256(encodeSafetensors(all, plain));
  if (Buffer.compare(encodeSafetensors(all, { ...plain, sha256: digest }), bytes) !== 0) {
    throw new DataError(`${name}: expected the bytes that its sha256 ${metadata.get("sha256")} tells, got others`);
  }
  const parsed: unknown = JSON.parse(state, (_key, value: unknown) => {
    const text = (value as { readonly number?: unknown } | null)?.number;
    return typeof text === "string" ? Number(text) : value;
  });
  return put(parsed, tensors);
}

/**
 * Moves the typed arrays of a value to `tensors`, under their paths, and returns the value with
 * their names in their place.
 */
function take(value: unknown, path: string, tensors: Record<string, SafeTensor>): unknown {
  if (value instanceof Float32Array || value instanceof Float64Array) {
    tensors[path] = { shape: [value.length], data: value };
    return { tensor: path };
  }
  if (Array.isArray(value) || typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).map(([key, part]) => [
    key,
    take(part, path === "" ? key : `${path}.${key}`, tensors),
  ]);
  return Object.fromEntries(entries);
}

/** The inverse of `take`. */
function put(value: unknown, tensors: SafeTensors["tensors"]): unknown {
  if (Array.isArray(value) || typeof value !== "object" || value === null) return value;
  const { tensor } = value as { readonly tensor?: unknown };
  if (typeof tensor === "string") return tensors.get(tensor)?.data;
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, put(part, tensors)]));
}
