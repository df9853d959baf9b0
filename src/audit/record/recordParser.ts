// A record from its bytes, wherever they come from: no file is opened here.
import { checkFormat } from "../../formats/checkFormat.ts";
import { DataError } from "../../formats/error.ts";
import type { Fail } from "../../formats/jsonRecord.ts";
import { decodeStrictUtf8 } from "../../formats/utf8.ts";
import { headerField, lineField } from "./fields.ts";
import { FORMAT, type Header, type Line } from "./record.ts";

const NEWLINE = 0x0a;

/** Greatest length of a line in bytes: no command comes near it. */
const LONGEST = 1 << 20;

/** A line of a record and what it says; the first line is the header. */
export interface ReadLine {
  /** Counted from 1. */
  readonly number: number;
  readonly text: string;
  /** Where the next line begins, in bytes. */
  readonly end: number;
  readonly line: Line | undefined;
}

/** Reads a record in chunks of bytes, such as those of a file or of a stream. */
export class RecordParser {
  readonly #name: string;
  #rest: Uint8Array = new Uint8Array(0);
  #header: Header | undefined;
  #number = 0;
  #end = 0;
  #next = 0;

  /** @param name what the errors call the record. */
  constructor(name: string) {
    this.#name = name;
  }

  /** What the first line says; undefined before it was whole. */
  get header(): Header | undefined {
    return this.#header;
  }

  /** Whether what was read so far ends inside a line. */
  get torn(): boolean {
    return this.#rest.length > 0;
  }

  /**
   * The lines that end in a chunk. A torn last line is never given.
   *
   * @throws DataError, naming the record and the line, for another format, and for a line that is
   *   not what `Line` says or not in its order.
   */
  *push(chunk: Uint8Array): Generator<ReadLine, void> {
    const bytes = new Uint8Array(this.#rest.length + chunk.length);
    bytes.set(this.#rest);
    bytes.set(chunk, this.#rest.length);
    let from = 0;
    for (let to = bytes.indexOf(NEWLINE); to >= 0; to = bytes.indexOf(NEWLINE, from)) {
      this.#number++;
      this.#end += to + 1 - from;
      const text = this.#decode(bytes.subarray(from, to));
      yield { number: this.#number, text, end: this.#end, line: this.#parse(text) };
      from = to + 1;
    }
    this.#rest = bytes.slice(from);
    if (this.#rest.length > LONGEST) {
      throw new DataError(`${this.#name}: line ${this.#number + 1}: expected at most ${LONGEST} bytes, got more`);
    }
  }

  /** @throws DataError when no header was whole. */
  requireHeader(): Header {
    if (this.#header !== undefined) return this.#header;
    throw new DataError(`${this.#name}: expected a header, got a file without a whole line; record the run again`);
  }

  #parse(text: string): Line | undefined {
    const value = this.#json(text);
    if (this.#header === undefined) {
      const format = (value as { readonly format?: unknown } | null)?.format;
      checkFormat(this.#name, FORMAT, format, "read it with that version, or record the run again");
      this.#header = headerField(value, this.#fail);
      return undefined;
    }
    const { every } = this.#header;
    const line = lineField(value, this.#fail);
    if (line.seq === undefined) return line;
    if (every === 1 ? line.seq !== this.#next : line.seq < this.#next) {
      const least = every === 1 ? "" : " or a later one";
      throw new DataError(
        `${this.#name}: line ${this.#number}: expected the command ${this.#next}${least}, got ${line.seq}; ` +
          "lines are missing, doubled or out of order",
      );
    }
    this.#next = line.seq + 1;
    return line;
  }

  readonly #fail: Fail = (expected, key) => {
    const what = key === undefined ? "" : `\`${key}\` as `;
    throw new DataError(`${this.#name}: line ${this.#number}: expected ${what}${expected}`);
  };

  #json(text: string): unknown {
    try {
      return JSON.parse(text);
    } catch (error) {
      const why = (error as Error).message;
      throw new DataError(`${this.#name}: line ${this.#number}: expected JSON: ${why}`, { cause: error });
    }
  }

  #decode(bytes: Uint8Array): string {
    try {
      return decodeStrictUtf8(bytes, true);
    } catch (error) {
      throw new DataError(`${this.#name}: line ${this.#number}: expected UTF-8, got other bytes`, { cause: error });
    }
  }
}
