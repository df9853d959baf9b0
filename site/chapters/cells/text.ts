import { type Cloud, MOST } from "./cloud.ts";

/** Greatest coordinate; far beyond, cells of the source could not be told apart. */
const FARTHEST = 1e6;
/** Greatest size of a file of points. */
const MOST_BYTES = 1 << 20;

/**
 * The points of a text: a line for each, or semicolons between them, with x, y and, if it is not 1,
 * the weight. A first line of names is passed over; where it is that of a saved CSV, so are the
 * columns behind the weight.
 *
 * @throws RangeError with one sentence that names the line
 */
export function readPoints(text: string): Cloud {
  const lines = text
    .split(/[\n\r;]+/)
    .map((line) => line.trim())
    .filter((line) => line !== "");
  const names = lines[0] !== undefined && wordsOf(lines[0]).every(isName) ? wordsOf(lines.shift() as string) : [];
  const most = names[2] === "weight" ? names.length : 3;
  if (lines.length === 0) throw new RangeError("expected points, a line “x, y” for each, got none.");
  if (lines.length > MOST) {
    throw new RangeError(
      `expected at most ${MOST.toLocaleString("en")} points for the exact solver, got ${lines.length.toLocaleString("en")}; ` +
        "`node dist/transport.js points.csv` solves more of them by samples.",
    );
  }
  const values: number[] = [];
  const weights: number[] = [];
  for (const [i, line] of lines.entries()) {
    const words = wordsOf(line);
    const numbers = words.slice(0, 3).map(Number);
    const [x, y, weight = 1] = numbers as [number, number, number?];
    const finite = numbers.every((value) => Math.abs(value) <= FARTHEST);
    if (!finite || numbers.length < 2 || words.length > most || !(weight >= 0)) {
      const shown = line.length > 40 ? `${line.slice(0, 40)}…` : line;
      throw new RangeError(`expected x, y and a weight or none in each line, got “${shown}” as point ${i + 1}.`);
    }
    values.push(x, y);
    weights.push(weight);
  }
  if (!weights.some((weight) => weight > 0)) throw new RangeError("expected a weight above 0, got none.");
  return { values: Float64Array.from(values), weights: Float64Array.from(weights) };
}

/** The text of the dropped file. RangeError, with one sentence, unless it is one and small. */
export async function fileText([file, ...others]: readonly File[]): Promise<string> {
  if (file === undefined || others.length > 0) {
    throw new RangeError(`expected one file of points, got ${file === undefined ? "none" : others.length + 1}.`);
  }
  if (file.size > MOST_BYTES) throw new RangeError("expected a file of points of at most 1 MiB, got a larger one.");
  return file.text();
}

const wordsOf = (line: string): string[] => line.split(/[\s,]+/).filter((word) => word !== "");
/** A name of a column, and no number such as NaN. */
const isName = (word: string): boolean => /^[a-z_]/i.test(word) && !/^(?:nan|inf|infinity)$/i.test(word);

/** The text of points, as the address keeps it. */
export function writePoints({ values, weights }: Cloud): string {
  return Array.from(weights, (weight, i) =>
    [values[2 * i], values[2 * i + 1], ...(weight === 1 ? [] : [weight])].join(","),
  ).join(";");
}
