import { closeSync, constants, readSync } from "node:fs";
import { join } from "node:path";
import { openOwn } from "../../files/ownFile.ts";
import { DataError } from "../../formats/error.ts";
import { type Header, type Line, RECORD } from "./record.ts";
import { type ReadLine, RecordParser } from "./recordParser.ts";

const CHUNK = 1 << 20;

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
  const parser = new RecordParser(path);
  for (const chunk of chunksOf(path)) yield* parser.push(chunk);
}

/** The first line of a record. DataError when there is none, or it is of another format. */
export function readHeader(folder: string): Header {
  const path = join(folder, RECORD);
  const parser = new RecordParser(path);
  for (const chunk of chunksOf(path)) {
    for (const _ of parser.push(chunk)) return parser.requireHeader();
  }
  return parser.requireHeader();
}

/** The bytes of a file in pieces, each valid until the next. */
function* chunksOf(path: string): Generator<Uint8Array, void> {
  const file = open(path);
  try {
    const chunk = new Uint8Array(CHUNK);
    const read = (): number => attempt(path, () => readSync(file, chunk));
    for (let got = read(); got > 0; got = read()) yield chunk.subarray(0, got);
  } finally {
    attempt(path, () => closeSync(file));
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

function attempt<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw new DataError(`${path}: cannot read it: ${(error as Error).message}`, { cause: error });
  }
}
