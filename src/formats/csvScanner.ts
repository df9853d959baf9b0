import { DataError } from "./error.ts";

/** What stands between the cells of a line; " " is any run of spaces and tabs. */
export type Separator = "," | ";" | "\t" | " ";

/** Takes the cells of a text in their order. */
export interface CellSink {
  /**
   * @param cell without the blanks and the quotes around it; `""` for quotes with nothing in them.
   * @param plain whether it stands without quotes and holds only digits, signs, points, e, blanks.
   * @param last whether it ends its line.
   * @param line the number of the line in which it begins.
   */
  cell(cell: string, plain: boolean, last: boolean, line: number): void;
  /** Takes the number of a line with nothing but blanks. */
  blankLine(line: number): void;
}

/** Takes a text in pieces, which may be cut anywhere. */
export interface CellScanner {
  push(text: string): void;
  end(): void;
}

/** Greatest length of a cell and of a comment in characters: not much more of a text is kept. */
const LONGEST_CELL = 4_194_304;

// Kinds of characters. They are bits, so that a cell's characters are told by the union.
const OTHER = 1;
const NUMERAL = 2;
const BLANK = 4;
const SEPARATOR = 8;
const LINE_END = 16;

const QUOTE = 0x22;
const HASH = 0x23;
const NEWLINE = 0x0a;

/** Error values of spreadsheets: they begin like a comment, but are cells. */
const SPREADSHEET_ERROR = /#(?:N\/A|DIV\/0!|VALUE!|REF!|NUM!|NAME\?|NULL!)/iy;

/**
 * Cuts a text, whose lines end with \n, into cells by RFC 4180: a cell in double quotes may hold
 * separators, line ends and, doubled, quotes. Blanks around cells, and lines that begin with #, are
 * left out.
 *
 * @param name what the errors call the file.
 * @param line the number of the text's first line.
 * @throws DataError for a quote that is never closed, and for a cell of more than 2²² characters.
 */
export function cellScanner(name: string, separator: Separator, sink: CellSink, line: number): CellScanner {
  const kinds = Uint8Array.from({ length: 128 }, (_, code) => kindOf(String.fromCharCode(code), separator));
  /** The text from the start of the cell on that has not ended yet. */
  let rest = "";
  /**
   * The length at which it is scanned again: twice the last one, so that scanning a long cell again
   * and again takes no longer than scanning it twice.
   */
  let enough = 0;
  /** Whether the line of that cell has cells before it. */
  let within = false;

  const kindAt = (text: string, at: number): number => kinds[text.charCodeAt(at)] ?? OTHER;
  const skipBlanks = (text: string, at: number): number => {
    let to = at;
    while (to < text.length && kindAt(text, to) & BLANK) to++;
    return to;
  };

  /**
   * Hands on the cells that have ended. Returns where the next one begins: it goes on in the next
   * piece.
   */
  const scan = (text: string): number => {
    for (let at = 0; ; ) {
      const from = skipBlanks(text, at);
      if (from === text.length) return at;
      const first = text.charCodeAt(from);
      if (!within && first === NEWLINE) {
        sink.blankLine(line++);
        at = from + 1;
        continue;
      }
      if (!within && first === HASH) {
        const end = text.indexOf("\n", from);
        if (end < 0) return at;
        SPREADSHEET_ERROR.lastIndex = from;
        if (!SPREADSHEET_ERROR.test(text)) {
          line++;
          at = end + 1;
          continue;
        }
      }
      // A cell is what its quotes hold only where nothing but blanks follows them.
      const begin = first === QUOTE ? afterQuotes(text, from) : from;
      let [to, end, seen] = [begin, begin, 0];
      for (; end < text.length; end++) {
        const kind = kindAt(text, end);
        if (kind >= SEPARATOR) break;
        if (kind === BLANK) continue;
        seen |= kind;
        to = end + 1;
      }
      const next = skipBlanks(text, end);
      if (next === text.length) return at;
      const last = text.charCodeAt(next) === NEWLINE;
      const cell = text.slice(from, to);
      if (first !== QUOTE) sink.cell(cell, seen === NUMERAL, last, line);
      else {
        const held = seen === 0 ? cell.slice(1, -1).replaceAll('""', '"').trim() : cell;
        sink.cell(held === "" ? '""' : held, false, last, line);
        line += cell.split("\n").length - 1;
      }
      if (last) line++;
      within = !last;
      at = last || separator !== " " ? next + 1 : next;
    }
  };

  const push = (text: string): void => {
    rest += text;
    if (rest.length < enough) return;
    rest = rest.slice(scan(rest));
    enough = 2 * rest.length;
    if (rest.length > LONGEST_CELL) {
      throw new DataError(
        `csv: ${name}: expected cells of at most ${LONGEST_CELL} characters, got a longer one in line ${line}; ` +
          "look for a quote that is left open",
      );
    }
  };
  return {
    push,
    end() {
      enough = 0;
      push("\n");
      if (rest !== "") {
        throw new DataError(
          `csv: ${name}: expected the quotes of line ${line} to be closed, got the end of the file; ` +
            "close them, or write the quote within a cell twice",
        );
      }
    },
  };
}

function kindOf(character: string, separator: Separator): number {
  if (character === "\n") return LINE_END;
  if (character === " " || character === "\t") {
    if (separator === " ") return BLANK | SEPARATOR;
    return separator === character ? SEPARATOR : BLANK;
  }
  if (character === separator) return SEPARATOR;
  return /[\d+\-.eE]/.test(character) ? NUMERAL : OTHER;
}

/** The place behind the quote that closes the one at `at`; the text's end where there is none. */
function afterQuotes(text: string, at: number): number {
  let close = text.indexOf('"', at + 1);
  while (close >= 0 && text.charCodeAt(close + 1) === QUOTE) close = text.indexOf('"', close + 2);
  return close < 0 ? text.length : close + 1;
}
