import { createHash } from "node:crypto";
import { statSync } from "node:fs";
import { join } from "node:path";
import { pausing } from "../../adapter/pause.ts";
import { DataError } from "../../formats/error.ts";
import { checkOptions } from "../../kernels/options.ts";
import type { Cancellable } from "../../kernels/signal.ts";
import { commandIn, FIRST_LINK, nextLink } from "../record/chain.ts";
import { readHeader, readLines } from "../record/readRecord.ts";
import { RECORD } from "../record/record.ts";
import { readText } from "../record/texts.ts";

/** What a record, or its first part, is known by: see `Finished` and `RecorderState`. */
export interface Seal {
  /** Where it is written, for messages. */
  readonly by: string;
  /** The last link of the hash chain, 64 hex digits. */
  readonly digest: string;
  /** Number of commands in the chain. */
  readonly commands: number;
  /** Length of the file, or of its first part. */
  readonly bytes: number;
  /** The sha256 of the whole file; undefined for a first part. */
  readonly sha256?: string | undefined;
}

/** How much of a record a seal holds. */
export interface Held {
  /** Number of commands in the chain, whether or not the record has their lines. */
  readonly commands: number;
  /** Number of those whose lines no one can change without changing the seal. */
  readonly held: number;
  /** The commands before this number are held, as far as they have lines. */
  readonly before: number;
  /**
   * What holds them: the hash chain, or, where `every` left lines out, so that the chain cannot be
   * computed, the sha256 of the file alone.
   */
  readonly by: "chain" | "file";
}

/**
 * Reads a record to its end and holds it to a seal: its length, its sha256 and, where it has all
 * lines, its hash chain. Each kernel text that it names must be there with its own digest. Without
 * a seal the lines have to be whole, in order and of the right types, and nothing is held. A record
 * that was forged together with its seal passes.
 *
 * @throws DataError naming the file and what differs.
 */
export async function checkRecord(folder: string, seal: Seal | undefined, options: Cancellable = {}): Promise<Held> {
  checkOptions("checkRecord", options, ["signal"]);
  const { signal } = options;
  const path = join(folder, RECORD);
  const { every } = readHeader(folder);
  const whole = seal?.sha256 !== undefined;
  const fail = (what: string, expected: unknown, got: unknown): never => {
    throw new DataError(
      `${path}: expected ${what} ${expected} as ${seal?.by} says, got ${got}; ` +
        "the record was cut or changed: record the run again",
    );
  };
  const { size } = statSync(path);
  if (seal !== undefined && (whole ? size !== seal.bytes : size < seal.bytes)) {
    fail(whole ? "a length of" : "a length of at least", seal.bytes, size);
  }
  const hash = createHash("sha256");
  const texts = new Set<string>();
  let [link, lines, linked, met] = [FIRST_LINK, 0, 0, false];
  for await (const { text, end, line } of pausing(readLines(folder), signal)) {
    if (whole) hash.update(`${text}\n`);
    if (line?.kind === "dispatch") texts.add(line.text);
    if (line?.seq !== undefined) {
      lines++;
      if (every === 1) link = nextLink(link, commandIn(text));
    }
    if (seal === undefined || end !== seal.bytes) continue;
    met = true;
    linked = lines;
    if (every === 1 && lines !== seal.commands) fail("a number of commands of", seal.commands, lines);
    if (every === 1 && link !== seal.digest) fail("a hash chain that ends with", seal.digest, link);
  }
  if (seal !== undefined && !met) fail("a line that ends at byte", seal.bytes, "none");
  const found = hash.digest("hex");
  if (whole && found !== seal?.sha256) fail("the sha256", seal?.sha256, found);
  for (const text of texts) readText(folder, text);
  const commands = Math.max(lines, whole ? (seal?.commands ?? 0) : 0);
  if (seal === undefined || (every !== 1 && !whole)) return { commands, held: 0, before: 0, by: "chain" };
  return every === 1
    ? { commands, held: linked, before: linked, by: "chain" }
    : { commands, held: lines, before: Number.POSITIVE_INFINITY, by: "file" };
}
