import { cellScanner, type Separator } from "./csvScanner.ts";

/** How errors call a separator. */
export const SEPARATOR_NAMES: Readonly<Record<Separator, string>> = {
  ";": "semicolons",
  "\t": "tabs",
  ",": "commas",
  " ": "blanks",
};

/** Commas come late, since they may be decimal ones; and blanks last, since they may be around. */
const CANDIDATES: readonly Separator[] = [";", "\t", ",", " "];

/**
 * The first of semicolon, tab, comma and blanks that splits every line into the same number of
 * cells, at least two; an empty one that ends its line does not count, and the first line may have
 * one less, as R writes a header above row names. Where none does so, the first but blanks that
 * splits the first line, and else the comma.
 *
 * @param sample the beginning of a text; a line that it cuts is left out unless it is the only one.
 */
export function findSeparator(sample: string): Separator {
  const split = CANDIDATES.map((separator) => ({ separator, ...splitBy(separator, sample) }));
  const found = split.find(({ even }) => even) ?? split.find(({ separator, splits }) => splits && separator !== " ");
  return found?.separator ?? ",";
}

/**
 * Whether a separator splits the first line, and whether it splits all of them evenly: into the
 * same number of cells, at least two.
 */
function splitBy(separator: Separator, sample: string): { readonly splits: boolean; readonly even: boolean } {
  /** The number of cells of each line that holds anything, but for an empty one at its end. */
  const counts: number[] = [];
  let cells = 0;
  let empty = true;
  let splits = false;
  const scanner = cellScanner(
    "",
    separator,
    {
      cell(cell, _plain, last) {
        cells++;
        if (counts.length === 0 && cells > 1) splits = true;
        empty &&= cell === "";
        if (!last) return;
        if (!empty) counts.push(cell === "" ? cells - 1 : cells);
        [cells, empty] = [0, true];
      },
      blankLine() {},
    },
    1,
  );
  scanner.push(sample);
  const [first = 1, ...others] = counts;
  const [most = first] = others;
  return { splits, even: splits && (most === first || most === first + 1) && others.every((count) => count === most) };
}
