import { quoted } from "./error.ts";

/**
 * A number. The expression matches a text in one way only: with two ways, backtracking over a cell
 * of n digits and a letter would take n² steps. So it is with all expressions below.
 */
const NUMBER = /^[+-]?(?:(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?|nan|inf(?:inity)?)$/i;

/** Cells that are data, but no numbers here, and what to do about them. */
const LOOK_ALIKES: readonly (readonly [RegExp, string])[] = [
  [/^#?(?:n\/?a|null!?|none|nil)$/i, "a missing value; leave its line out, or fill it in"],
  [/^[+-]?0x[\da-f]*\.?[\da-f]*(?:p[+-]?\d+)?$/i, "a hexadecimal number; write it in decimals"],
  [/^[+-]?[\d.]+_[\d._]*(?:e[+-]?\d+)?$/i, "underscores within a number; write digits alone"],
  [/^[+-]?[\d.]+[dq][+-]?\d+$/i, "an exponent of Fortran; write an e for its letter"],
  [/^[+-]?[\d.]*,[\d.,]*(?:e[+-]?\d+)?$/i, "a decimal comma, or one between thousands; write a point, or nothing"],
  [/^[+-]?[\d.,]+[ \t][\d., \t]*$/, "blanks within a number, or between numbers that are separated in another way"],
  [/^\u2212/, "a minus sign that is not the one of ASCII; write -"],
  [/^#/, "an error of a spreadsheet; correct it there"],
];

/** The number that a cell holds, nan and inf among them; undefined where it holds none. */
export function cellNumber(cell: string): number | undefined {
  const text = cell.trim();
  if (!NUMBER.test(text)) return undefined;
  return Number(text.replace(/inf(?:inity)?/i, "Infinity").replace(/nan/i, "NaN"));
}

/** Whether a cell holds nothing, in quotes or not. */
export const isEmpty = (cell: string): boolean => cell === "" || cell === '""';

/** Whether a cell that holds no number may name a column: it has a letter, and is no data. */
export function isName(cell: string): boolean {
  return /\p{L}/u.test(cell) && !LOOK_ALIKES.some(([pattern]) => pattern.test(cell));
}

/** A cell that holds no number, as an error shows it, with what to do where that is known. */
export function showCell(cell: string): string {
  if (isEmpty(cell)) return "an empty cell";
  const [, advice] = LOOK_ALIKES.find(([pattern]) => pattern.test(cell)) ?? [];
  return advice === undefined ? quoted(cell) : `${quoted(cell)}, ${advice}`;
}
