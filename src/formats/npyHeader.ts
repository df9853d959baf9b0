import { DataError, quoted } from "./error.ts";
import { decodeUtf8 } from "./utf8.ts";

/** What stands before the values of a .npy file. */
export interface NpyHeader {
  /** The type of the values, such as `<f4`. */
  readonly descr: string;
  /** Whether the first axis, not the last, is that of neighbours in memory. */
  readonly fortran: boolean;
  readonly shape: readonly number[];
  /** The place of the first value, in bytes. */
  readonly start: number;
}

/** The first bytes of every file. */
export const MAGIC: readonly number[] = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];

/** The first bytes of a zip, as which NumPy saves several arrays. */
const ZIP = [0x50, 0x4b, 0x03, 0x04];

/** NumPy itself refuses longer headers. */
const LONGEST = 10_000;

/** NumPy 2 allows at most this many axes. */
const MOST_AXES = 64;

const number = "(?:0|[1-9]\\d*)L?";
const text = `'[^'"\\\\]*'|"[^'"\\\\]*"`;
/**
 * The next entry of a header: a key and its value as Python writes them, in either quotes, then a
 * comma or the end. Python 2 wrote an L after sizes.
 */
const entry = new RegExp(
  ` *(?:(["'])(?:(descr)\\1 *: *(${text})|(fortran_order)\\1 *: *(True|False)|` +
    `(shape)\\1 *: *(\\((?:${number},(?: *${number},)* *(?:${number})?)?\\)))) *(?:,|(?=\\}))`,
  "y",
);

/** A type that is a list of named fields, or a pair of a type and a shape. */
const COMPOSED = /["']descr["'] *: *[[(]/;

/**
 * Reads the header of a .npy file of version 1 to 3.
 *
 * @param name what the errors call the file.
 * @throws DataError for another file, a header that NumPy would not write, a structured array, more
 *   than 64 axes, and sizes whose product is 2⁵³ or more.
 */
export function readNpyHeader(bytes: Uint8Array, name: string): NpyHeader {
  const { header, start } = headerText(bytes, name);
  const fail = (what: string): never => {
    throw new DataError(`npy: ${name}: ${what}`);
  };
  const { descr, order, tuple } = entriesOf(header) ?? {};
  if (descr === undefined || order === undefined || tuple === undefined) {
    if (!COMPOSED.test(header)) {
      return fail("expected a header with descr, fortran_order and shape, each once and nothing more, got another");
    }
    return fail(
      "expected an array of numbers, got a structured array, with named fields; " +
        "save its fields as columns: numpy.save(FILE, numpy.column_stack([a[f] for f in a.dtype.names]))",
    );
  }
  const shape = (tuple.match(/\d+/g) ?? []).map(Number);
  if (shape.length > MOST_AXES) fail(`expected at most ${MOST_AXES} axes, got ${shape.length}`);
  // A size of zero makes the product small even if the other sizes are too large for any machine.
  // Therefore the check counts each size as at least 1.
  if (!Number.isSafeInteger(shape.reduce((product, size) => product * Math.max(size, 1), 1))) {
    fail(`expected fewer than 2^53 values, got [${shape.join(", ")}]`);
  }
  return { descr: descr.slice(1, -1), fortran: order === "True", shape, start };
}

interface Entries {
  readonly descr?: string | undefined;
  readonly order?: string | undefined;
  readonly tuple?: string | undefined;
}

/** The three entries of a header as texts, in any order and each once; undefined for others. */
function entriesOf(header: string): Entries | undefined {
  const found = new Map<string, string>();
  let at = 1;
  for (let count = 0; count < 3; count++) {
    entry.lastIndex = at;
    const [all, , a, descr, b, order, c, tuple] = entry.exec(header) ?? [""];
    found.set(a ?? b ?? c ?? "", descr ?? order ?? tuple ?? "");
    at += all.length;
  }
  if (!header.startsWith("{") || !/^ *\}\s*$/.test(header.slice(at))) return undefined;
  return { descr: found.get("descr"), order: found.get("fortran_order"), tuple: found.get("shape") };
}

function headerText(bytes: Uint8Array, name: string): { readonly header: string; readonly start: number } {
  if (ZIP.every((byte, i) => bytes[i] === byte)) {
    throw new DataError(
      `npy: ${name}: expected one array, got a zip, as numpy.savez writes it; ` +
        `take an array out: numpy.save("points.npy", numpy.load(${quoted(name)})[${quoted(firstOfZip(bytes))}])`,
    );
  }
  if (bytes.length < 12 || MAGIC.some((byte, i) => bytes[i] !== byte)) {
    throw new DataError(
      `npy: ${name}: expected the bytes \\x93NUMPY first, got others; this is no .npy file ` +
        "(texts end in .csv, .tsv or .txt)",
    );
  }
  const version = bytes[6] as number;
  if (version < 1 || version > 3) throw new DataError(`npy: ${name}: expected version 1 to 3, got ${version}`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const from = version === 1 ? 10 : 12;
  const start = from + (version === 1 ? view.getUint16(8, true) : view.getUint32(8, true));
  if (start > bytes.length || start - from > LONGEST) {
    throw new DataError(`npy: ${name}: expected a header within ${bytes.length} bytes, got one of ${start - from}`);
  }
  return { header: decodeUtf8(bytes.subarray(from, start)), start };
}

/** The name of a zip's first array: its file name by the local header, without .npy. */
function firstOfZip(bytes: Uint8Array): string {
  const length = (bytes[26] ?? 0) + 256 * (bytes[27] ?? 0);
  return decodeUtf8(bytes.subarray(30, 30 + length)).replace(/\.npy$/, "") || "arr_0";
}
