import { readBytes, readPieces } from "../files/readBytes.ts";
import { checkValues } from "../formats/checkValues.ts";
import { csvReader } from "../formats/csv.ts";
import { DataError } from "../formats/error.ts";
import { readNpy } from "../formats/npy.ts";
import { LARGEST, type Points, points } from "../ot/points.ts";

/** Points as a file holds them. */
export interface PointCloud {
  readonly count: number;
  readonly dimension: number;
  /** The rows, [count, dimension], as in the file; integers become float64. */
  readonly rows: Float32Array<ArrayBuffer> | Float64Array<ArrayBuffer>;
}

/** Names of files that hold a text; others hold a .npy array. */
const TEXT = /\.(?:csv|tsv|txt)$/i;

/**
 * Reads points [N, d] from a .npy file, or from a .csv, .tsv or .txt file with one row per line; a
 * .npy file with one axis holds points on a line.
 *
 * @param note takes what the user has to know about how the file was read, line by line.
 * @throws DataError naming `path`, for what is no such file.
 */
export function readPointCloud(path: string, note: (text: string) => void): PointCloud {
  const { shape, data } = readArray(path, note);
  const [count = 0, dimension = 1] = shape;
  if (shape.length < 1 || shape.length > 2 || count === 0 || dimension === 0) {
    throw new DataError(`${path}: expected points [N, d] with N and d of at least 1, got [${shape.join(", ")}]`);
  }
  checkValues(
    `${path}: expected finite numbers up to ${LARGEST}`,
    data,
    (value) => Math.abs(value) <= LARGEST,
    (at) => `in row ${Math.floor(at / dimension)}`,
  );
  return { count, dimension, rows: data };
}

/** The points in the precision of the device. */
export function pointsOf(path: string, { rows, dimension }: PointCloud): Points {
  try {
    return points(path, rows, dimension);
  } catch (error) {
    throw new DataError((error as Error).message, { cause: error });
  }
}

/**
 * Reads `count` masses from a .npy file [N] or [N, 1], or a text with one column; `note` as for
 * points.
 */
export function readMasses(path: string, count: number, note: (text: string) => void): Float64Array {
  const { shape, data } = readArray(path, note);
  if (shape.length > 2 || (shape[1] ?? 1) !== 1) {
    throw new DataError(`${path}: expected masses [N], got [${shape.join(", ")}]`);
  }
  if (data.length !== count)
    throw new DataError(`${path}: expected ${count} masses, one for each point, got ${data.length}`);
  const masses = Float64Array.from(data);
  checkValues(
    `${path}: expected finite masses of at least 0`,
    masses,
    (mass) => mass >= 0 && mass < Number.POSITIVE_INFINITY,
    (row) => `in row ${row}`,
  );
  const sum = masses.reduce((a, b) => a + b, 0);
  if (!(sum > 0 && sum < Number.POSITIVE_INFINITY)) {
    throw new DataError(`${path}: expected masses with a finite sum above 0, got ${sum}`);
  }
  return masses;
}

/** The values of a .npy file, or of the rows of a text. */
function readArray(
  path: string,
  note: (text: string) => void,
): {
  readonly shape: readonly number[];
  readonly data: Float32Array<ArrayBuffer> | Float64Array<ArrayBuffer>;
} {
  if (TEXT.test(path)) {
    const reader = csvReader(path);
    readPieces(path, reader.push);
    const { rows, columns, data, notes } = reader.end();
    for (const text of notes) note(text);
    return { shape: [rows, columns], data };
  }
  const { shape, data } = readNpy(readBytes(path), path);
  return { shape, data: data instanceof Float32Array || data instanceof Float64Array ? data : Float64Array.from(data) };
}
