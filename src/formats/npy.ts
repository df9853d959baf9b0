import { DataError } from "./error.ts";
import { decodeUtf8, encodeUtf8 } from "./utf8.ts";

/** An array to be written as a .npy file: `dtype` must be that of `data`. */
export type NpyInput = { readonly shape: readonly number[] } & (
  | { readonly dtype: "<f4"; readonly data: Float32Array }
  | { readonly dtype: "<f8"; readonly data: Float64Array }
  | { readonly dtype: "|u1"; readonly data: Uint8Array }
  | { readonly dtype: "<i4"; readonly data: Int32Array }
);

/** An array as a .npy file holds it, in C order. */
export interface NpyArray {
  readonly shape: readonly number[];
  /**
   * Values of type f4, f8, u1 and i4 keep their type; i8 becomes a Float64Array of whole numbers.
   */
  readonly data: Float32Array | Float64Array | Uint8Array | Int32Array;
}

const magic = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];

/**
 * The bytes of a .npy file of version 1.0 (NumPy Enhancement Proposal 1) in C order: the same as
 * NumPy 2's `np.save`.
 *
 * @throws RangeError if `shape` and the length of `data` differ.
 */
export function encodeNpy({ shape, dtype, data }: NpyInput): Uint8Array {
  const count = shape.reduce((product, size) => product * size, 1);
  if (count !== data.length || !shape.every(isSize)) {
    throw new RangeError(`npy: expected \`shape\` of ${data.length} values, got [${shape.join(", ")}] for ${count}`);
  }
  const tuple = shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(", ")})`;
  const header = `{'descr': '${dtype}', 'fortran_order': False, 'shape': ${tuple}, }`;
  // Ten bytes of preamble, the header, spaces and a line end come to a multiple of 64.
  const length = Math.ceil((10 + header.length + 1) / 64) * 64;
  const bytes = new Uint8Array(length + data.byteLength).fill(0x20, 0, length);
  bytes.set([...magic, 1, 0, (length - 10) & 0xff, (length - 10) >> 8]);
  bytes.set(encodeUtf8(header), 10);
  bytes[length - 1] = 0x0a;
  bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), length);
  return bytes;
}

/**
 * Reads a .npy file of version 1 to 3 with values f4, f8, u1, i4 or i8, little or big endian.
 * Allocates no more than the file holds.
 *
 * @param name what the errors call the file.
 * @throws DataError if the file is truncated, too long, of another type, in Fortran order with two
 * axes or more, has a header that NumPy would not write or more than 64 axes, or holds an i8 beyond
 * ±(2⁵³ − 1).
 */
export function readNpy(bytes: Uint8Array, name: string): NpyArray {
  const { text, start } = headerText(bytes, name);
  const header = parseHeader(text);
  if (header === undefined)
    throw new DataError(
      `npy: ${name}: expected a header with descr, fortran_order and shape, each once and nothing more, got another`,
    );
  const { descr, fortran, shape } = header;
  if (fortran && shape.length > 1) {
    throw new DataError(`npy: ${name}: expected C order, got Fortran order; save it with np.ascontiguousarray`);
  }
  const width = widths.get(descr.slice(1));
  if (width === undefined) throw new DataError(`npy: ${name}: expected values f4, f8, u1, i4 or i8, got ${descr}`);
  if (shape.length > mostAxes) {
    throw new DataError(`npy: ${name}: expected at most ${mostAxes} axes, got ${shape.length}`);
  }
  const expected = shape.reduce((product, size) => product * size, width);
  // A size of zero makes the product small even if the other sizes are too large for any machine.
  // Therefore the check counts each size as at least 1.
  if (!Number.isSafeInteger(shape.reduce((product, size) => product * Math.max(size, 1), width))) {
    throw new DataError(`npy: ${name}: expected fewer than 2^53 values, got [${shape.join(", ")}]`);
  }
  if (expected !== bytes.length - start) {
    const got = `${bytes.length - start} bytes after the header`;
    throw new DataError(`npy: ${name}: expected ${expected} bytes for [${shape.join(", ")}] of ${descr}, got ${got}`);
  }
  return { shape, data: values(new Uint8Array(bytes.subarray(start)), descr, name) };
}

const widths: ReadonlyMap<string, number> = new Map([
  ["f4", 4],
  ["f8", 8],
  ["u1", 1],
  ["i4", 4],
  ["i8", 8],
]);

/** NumPy 2 allows at most this many axes. */
const mostAxes = 64;

const digits = "(?:0|[1-9]\\d*)";
/**
 * The next entry of a header, as Python writes it: a key and its value, then a comma or the end.
 */
const entry = new RegExp(
  ` *'(?:(descr)': *'([<>|=][A-Za-z]\\d+)'|(fortran_order)': *(True|False)|` +
    `(shape)': *(\\((?:${digits},(?: *${digits},)* *${digits}?)?\\))) *(?:,|(?=\\}))`,
  "y",
);

/** The three entries of a header, in any order and each once; undefined for anything else. */
function parseHeader(
  text: string,
): { readonly descr: string; readonly fortran: boolean; readonly shape: readonly number[] } | undefined {
  const found = new Map<string, string>();
  let at = 1;
  for (let count = 0; count < 3; count++) {
    entry.lastIndex = at;
    const [all, a, descr, b, order, c, tuple] = entry.exec(text) ?? [""];
    found.set(a ?? b ?? c ?? "", descr ?? order ?? tuple ?? "");
    at += all.length;
  }
  const [descr, order, tuple] = [found.get("descr"), found.get("fortran_order"), found.get("shape")];
  if (descr === undefined || order === undefined || tuple === undefined) return undefined;
  if (!text.startsWith("{") || !/^ *\}\s*$/.test(text.slice(at))) return undefined;
  return { descr, fortran: order === "True", shape: (tuple.match(/\d+/g) ?? []).map(Number) };
}

function isSize(size: number): boolean {
  return Number.isSafeInteger(size) && size >= 0;
}

function headerText(bytes: Uint8Array, name: string): { readonly text: string; readonly start: number } {
  if (bytes.length < 12 || magic.some((byte, i) => bytes[i] !== byte)) {
    throw new DataError(`npy: ${name}: expected the bytes \\x93NUMPY first, got others; this is no .npy file`);
  }
  const version = bytes[6] as number;
  if (version < 1 || version > 3) throw new DataError(`npy: ${name}: expected version 1 to 3, got ${version}`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const from = version === 1 ? 10 : 12;
  const start = from + (version === 1 ? view.getUint16(8, true) : view.getUint32(8, true));
  // NumPy itself refuses headers above 10,000 characters.
  if (start > bytes.length || start - from > 10_000) {
    throw new DataError(`npy: ${name}: expected a header within ${bytes.length} bytes, got one of ${start - from}`);
  }
  return { text: decodeUtf8(bytes.subarray(from, start)), start };
}

/**
 * The values in `bytes`, which must not be in use elsewhere: big-endian ones are byte-swapped in
 * place.
 */
function values(bytes: Uint8Array<ArrayBuffer>, descr: string, name: string): NpyArray["data"] {
  if (descr.startsWith(">")) {
    const width = widths.get(descr.slice(1)) as number;
    for (let at = 0; at < bytes.length; at += width) bytes.subarray(at, at + width).reverse();
  }
  switch (descr.slice(1)) {
    case "f4":
      return new Float32Array(bytes.buffer);
    case "f8":
      return new Float64Array(bytes.buffer);
    case "i4":
      return new Int32Array(bytes.buffer);
    case "u1":
      return bytes;
    default:
      return wholeNumbers(new BigInt64Array(bytes.buffer), name);
  }
}

/** int64 values as float64, converted in place, since both take eight bytes per value. */
function wholeNumbers(data: BigInt64Array<ArrayBuffer>, name: string): Float64Array {
  const numbers = new Float64Array(data.buffer);
  for (let i = 0; i < data.length; i++) {
    const value = data[i] as bigint;
    const number = Number(value);
    if (!Number.isSafeInteger(number)) {
      throw new DataError(`npy: ${name}: expected whole numbers within ±(2^53 - 1), got ${value} at index ${i}`);
    }
    numbers[i] = number;
  }
  return numbers;
}
