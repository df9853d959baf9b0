import { powerOfTwo } from "../math/float64.ts";
import { duplicateKey } from "./duplicateKey.ts";
import { DataError } from "./error.ts";
import { decodeStrictUtf8, encodeUtf8 } from "./utf8.ts";

/** A tensor in a safetensors file; the type of `data` is its dtype. */
export interface SafeTensor {
  readonly shape: readonly number[];
  /** F32, F64, I32, U32, U8 or I64, in C order. */
  readonly data: Float32Array | Float64Array | Int32Array | Uint32Array | Uint8Array | BigInt64Array;
}

/** What a safetensors file holds, in the order of its header. */
export interface SafeTensors {
  readonly tensors: ReadonlyMap<string, SafeTensor>;
  readonly metadata: ReadonlyMap<string, string>;
}

/**
 * Greatest size of a header in bytes. The format allows 100 MB; models of this library need far
 * less than this limit.
 */
const maxHeaderBytes = powerOfTwo(20);

const dtypes = [
  { dtype: "F64", array: Float64Array },
  { dtype: "I64", array: BigInt64Array },
  { dtype: "F32", array: Float32Array },
  { dtype: "I32", array: Int32Array },
  { dtype: "U32", array: Uint32Array },
  { dtype: "U8", array: Uint8Array },
] as const;

/**
 * The bytes of a safetensors file (huggingface/safetensors, "Format"): the same input gives the
 * same bytes. The header names the tensors in the order given (JavaScript puts keys that are whole
 * numbers first) and is padded with spaces to 8 bytes; the data lies without holes, wider types
 * first, so that each tensor is aligned to its own type.
 *
 * @throws RangeError if a shape does not fit its data, a name is `__metadata__` or `__proto__`, or
 *   the header would exceed 1 MiB.
 */
export function encodeSafetensors(
  tensors: Readonly<Record<string, SafeTensor>>,
  metadata?: Readonly<Record<string, string>>,
): Uint8Array {
  const names = Object.keys(tensors);
  const byWidth = names
    .map((name) => ({ name, tensor: tensors[name] as SafeTensor }))
    .sort((a, b) => b.tensor.data.BYTES_PER_ELEMENT - a.tensor.data.BYTES_PER_ELEMENT);
  const offsets = new Map<string, number>();
  let end = 0;
  for (const { name, tensor } of byWidth) {
    offsets.set(name, end);
    end += tensor.data.byteLength;
  }
  const entries = names.map((name) => {
    const { shape, data } = tensors[name] as SafeTensor;
    if (name === "__metadata__" || name === "__proto__")
      throw new RangeError(`safetensors: \`${name}\` names no tensor`);
    if (!isSizes(shape) || elements(shape) !== data.length) {
      throw new RangeError(
        `safetensors: \`${name}\`: expected a shape of ${data.length} values, got [${shape.join(", ")}]`,
      );
    }
    const begin = offsets.get(name) as number;
    const info = { dtype: dtypeOf(data), shape, data_offsets: [begin, begin + data.byteLength] };
    return `${JSON.stringify(name)}:${JSON.stringify(info)}`;
  });
  if (metadata !== undefined) entries.unshift(`"__metadata__":${JSON.stringify(metadata)}`);
  const header = encodeUtf8(`{${entries.join(",")}}`);
  const length = Math.ceil(header.length / 8) * 8;
  if (length > maxHeaderBytes) {
    throw new RangeError(`safetensors: expected a header of at most ${maxHeaderBytes} bytes, got ${length}`);
  }
  const bytes = new Uint8Array(8 + length + end).fill(0x20, 8, 8 + length);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(length), true);
  bytes.set(header, 8);
  for (const { name, tensor } of byWidth) {
    const { buffer, byteOffset, byteLength } = tensor.data;
    bytes.set(new Uint8Array(buffer, byteOffset, byteLength), 8 + length + (offsets.get(name) as number));
  }
  return bytes;
}

/**
 * Reads a safetensors file and checks all of it: the header must be strict JSON with each name
 * once, and the tensors must fill the rest of the file without holes or overlaps. Allocates a copy
 * of each tensor, together no more than the size of the file.
 *
 * @param name what the errors call the file.
 * @throws DataError naming the tensor and what is wrong with it.
 */
export function decodeSafetensors(bytes: Uint8Array, name: string): SafeTensors {
  const { header, json, start } = parseHeader(bytes, name);
  const tensors = new Map<string, SafeTensor>();
  const metadata = new Map<string, string>();
  const spans: (readonly [begin: number, end: number])[] = [];
  const size = bytes.length - start;
  for (const [key, value] of Object.entries(header)) {
    const where = `${name}: \`${key}\``;
    if (key === "__metadata__") {
      for (const [word, text] of Object.entries(record(value, where))) {
        if (typeof text !== "string") throw new DataError(`safetensors: ${where}: expected text for \`${word}\``);
        metadata.set(word, text);
      }
      continue;
    }
    const { array, shape, begin, end } = tensorInfo(value, where, size);
    spans.push([begin, end]);
    tensors.set(key, { shape, data: new array(new Uint8Array(bytes.subarray(start + begin, start + end)).buffer) });
  }
  let filled = 0;
  for (const [begin, end] of spans.sort((a, b) => a[0] - b[0] || a[1] - b[1])) {
    if (begin !== filled) {
      const what = begin < filled ? "overlap" : "hole";
      throw new DataError(
        `safetensors: ${name}: expected a tensor at byte ${filled} of the data, got one at ${begin}: ${what}`,
      );
    }
    filled = end;
  }
  if (filled !== size) throw new DataError(`safetensors: ${name}: expected ${filled} bytes of data, got ${size}`);
  // JSON.parse turns 1.0 and 0.99999999999999999999 into the whole number 1; the format allows
  // digits only.
  if (/[-.]|\de/i.test(json.replace(/"[^"\\]*(?:\\.[^"\\]*)*"/g, ""))) {
    throw new DataError(`safetensors: ${name}: expected whole numbers in digits, got a sign, a point or an exponent`);
  }
  return { tensors, metadata };
}

function parseHeader(
  bytes: Uint8Array,
  name: string,
): { readonly header: Readonly<Record<string, unknown>>; readonly json: string; readonly start: number } {
  if (bytes.length < 10) throw new DataError(`safetensors: ${name}: expected at least 10 bytes, got ${bytes.length}`);
  const length = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getBigUint64(0, true);
  const limit = Math.min(bytes.length - 8, maxHeaderBytes);
  if (length > limit) {
    throw new DataError(`safetensors: ${name}: expected a header of at most ${limit} bytes, got ${length}`);
  }
  const start = 8 + Number(length);
  let json: string;
  let header: unknown;
  try {
    json = decodeStrictUtf8(bytes.subarray(8, start), true);
    header = JSON.parse(json);
  } catch (error) {
    throw new DataError(`safetensors: ${name}: expected a header in JSON: ${(error as Error).message}`, {
      cause: error,
    });
  }
  if (!json.startsWith("{")) throw new DataError(`safetensors: ${name}: expected a header that begins with {`);
  const twice = duplicateKey(json);
  if (twice !== undefined) throw new DataError(`safetensors: ${name}: expected each name once, got \`${twice}\` again`);
  return { header: record(header, name), json, start };
}

function tensorInfo(
  value: unknown,
  where: string,
  size: number,
): { array: (typeof dtypes)[number]["array"]; shape: number[]; begin: number; end: number } {
  const { dtype, shape, data_offsets: offsets, ...rest } = record(value, where);
  const [extra] = Object.keys(rest);
  if (extra !== undefined) throw new DataError(`safetensors: ${where}: expected no key \`${extra}\``);
  const array = dtypes.find((known) => known.dtype === dtype)?.array;
  if (array === undefined) {
    const known = dtypes.map((type) => type.dtype).join(", ");
    const got = typeof dtype === "string" ? JSON.stringify(dtype) : dtype === undefined ? "none" : "no text";
    throw new DataError(`safetensors: ${where}: expected a dtype of ${known}, got ${got}`);
  }
  if (!isSizes(shape) || !isSizes(offsets) || offsets.length !== 2) {
    throw new DataError(`safetensors: ${where}: expected whole numbers from 0 as shape and as two data_offsets`);
  }
  const [begin = 0, end = 0] = offsets;
  if (begin > end || end > size) {
    throw new DataError(
      `safetensors: ${where}: expected offsets in order within ${size} bytes, got [${begin}, ${end}]`,
    );
  }
  const needed = elements(shape) * array.BYTES_PER_ELEMENT;
  if (Number.isNaN(needed)) {
    throw new DataError(`safetensors: ${where}: expected a shape of fewer than 2^53 values, got [${shape.join(", ")}]`);
  }
  if (needed !== end - begin) {
    throw new DataError(
      `safetensors: ${where}: expected ${needed} bytes for [${shape.join(", ")}] of ${dtype}, got ${end - begin}`,
    );
  }
  return { array, shape, begin, end };
}

/**
 * The number of elements of a shape; NaN, which equals no size, if a partial product is not exact.
 * So [2⁵³, 2, 0] is refused, as it is by the format's own reader.
 */
function elements(shape: readonly number[]): number {
  return shape.reduce((product, size) => (Number.isSafeInteger(product * size) ? product * size : Number.NaN), 1);
}

function isSizes(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((size) => Number.isSafeInteger(size) && size >= 0);
}

function record(value: unknown, where: string): Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new DataError(`safetensors: ${where}: expected an object in JSON, got another kind`);
  }
  if (Object.hasOwn(value, "__proto__")) throw new DataError(`safetensors: ${where}: \`__proto__\` is no name`);
  return value as Record<string, unknown>;
}

function dtypeOf(data: SafeTensor["data"]): string {
  const known = dtypes.find(({ array }) => data instanceof array);
  if (known === undefined) throw new TypeError("safetensors: expected `data` to be a typed array of a known dtype");
  return known.dtype;
}
