import { closeSync, constants, readSync } from "node:fs";
import { join } from "node:path";
import { openOwn } from "../../files/ownFile.ts";
import { checkFormat } from "../../formats/checkFormat.ts";
import { DataError } from "../../formats/error.ts";
import type { Fail } from "../../formats/jsonRecord.ts";
import { decodeStrictUtf8 } from "../../formats/utf8.ts";
import { headerField, lineField } from "./fields.ts";
import { FORMAT, type Header, type Line, RECORD } from "./record.ts";

const CHUNK = 1 << 20;
const NEWLINE = 0x0a;

/** Greatest length of a line in bytes: no command comes near it. */
const LONGEST = 1 << 20;

/** A line of the file as it is written. */
interface Written {
  /** Counted from 1. */
  readonly number: number;
  readonly text: string;
  /** Where the next line begins, in bytes. */
  readonly end: number;
}

/** A line of the file and what it says; the first line is the header. */
export interface ReadLine extends Written {
  readonly line: Line | undefined;
}

/**
 * The lines of the record in the folder of a run, after its header; a torn last line is left out.
 *
 * @throws DataError, naming the file and the line, when there is no record, for another format, and
 *   for a line that is not what `Line` says or not in its order.
 */
export function* readRecord(folder: string): Generator<Line, void> {
  for (const { line } of readLines(folder)) if (line !== undefined) yield line;
}

/** Like `readRecord`, with the header and the text of each line. */
export function* readLines(folder: string): Generator<ReadLine, void> {
  const path = join(folder, RECORD);
  let every = 1;
  let next = 0;
  for (const written of textLines(path)) {
    if (written.number === 1) {
      ({ every } = parseHeader(path, written));
      yield { ...written, line: undefined };
      continue;
    }
    const line = parseLine(path, written);
    if (line.seq !== undefined) {
      if (every === 1 ? line.seq !== next : line.seq < next) {
        const least = every === 1 ? "" : " or a later one";
        throw new DataError(
          `${path}: line ${written.number}: expected the command ${next}${least}, got ${line.seq}; ` +
            "lines are missing, doubled or out of order",
        );
      }
      next = line.seq + 1;
    }
    yield { ...written, line };
  }
}

/** The first line of a record. DataError when there is none, or it is of another format. */
export function readHeader(folder: string): Header {
  const path = join(folder, RECORD);
  for (const written of textLines(path)) return parseHeader(path, written);
  throw new DataError(`${path}: expected a header, got a file without a whole line; record the run again`);
}

function parseHeader(path: string, written: Written): Header {
  const value = parse(path, written);
  const format = (value as { readonly format?: unknown } | null)?.format;
  checkFormat(path, FORMAT, format, "read it with that version, or record the run again");
  return headerField(value, failing(path, written));
}

const parseLine = (path: string, written: Written): Line => lineField(parse(path, written), failing(path, written));

function parse(path: string, { number, text }: Written): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new DataError(`${path}: line ${number}: expected JSON: ${(error as Error).message}`, { cause: error });
  }
}

const failing =
  (path: string, { number }: Written): Fail =>
  (expected, key) => {
    throw new DataError(`${path}: line ${number}: expected ${key === undefined ? "" : `\`${key}\` as `}${expected}`);
  };

function* textLines(path: string): Generator<Written, void> {
  const file = open(path);
  try {
    const chunk = new Uint8Array(CHUNK);
    let rest = new Uint8Array(0);
    let [number, end] = [0, 0];
    for (let got = read(path, file, chunk); got > 0; got = read(path, file, chunk)) {
      const bytes = new Uint8Array(rest.length + got);
      bytes.set(rest);
      bytes.set(chunk.subarray(0, got), rest.length);
      let from = 0;
      for (let to = bytes.indexOf(NEWLINE); to >= 0; to = bytes.indexOf(NEWLINE, from)) {
        number++;
        end += to + 1 - from;
        yield { number, text: decode(path, number, bytes.subarray(from, to)), end };
        from = to + 1;
      }
      rest = bytes.slice(from);
      if (rest.length > LONGEST) {
        throw new DataError(`${path}: line ${number + 1}: expected at most ${LONGEST} bytes, got more`);
      }
    }
  } finally {
    closeSync(file);
  }
}

function open(path: string): number {
  try {
    return openOwn(path, constants.O_RDONLY);
  } catch (error) {
    if (error instanceof DataError) throw error;
    const { code, message } = error as NodeJS.ErrnoException;
    if (code !== "ENOENT") throw new DataError(`${path}: cannot read it: ${message}`, { cause: error });
    throw new DataError(
      `${path}: expected a record of a run, found none; record one with \`node dist/train.js --audit\``,
    );
  }
}

function read(path: string, file: number, bytes: Uint8Array): number {
  try {
    return readSync(file, bytes);
  } catch (error) {
    throw new DataError(`${path}: cannot read it: ${(error as Error).message}`, { cause: error });
  }
}

function decode(path: string, number: number, bytes: Uint8Array): string {
  try {
    return decodeStrictUtf8(bytes, true);
  } catch (error) {
    throw new DataError(`${path}: line ${number}: expected UTF-8, got other bytes`, { cause: error });
  }
}
