// What coordinator and workers tell each other, and under which subjects. Whoever reads a message
// takes it only where every field is as it has to be, and drops all others without a word.
import { host } from "../adapter/web/host.ts";
import type { Draw } from "../ot/source.ts";
import { joined } from "./parts.ts";
import { hex } from "./sha256Of.ts";
import { decodeValue, encodeValue, type Value } from "./values.ts";

/** A worker has nothing to do; it says so again until it gets a range. */
export interface Want {
  readonly worker: string;
  /** The worker's name for people. */
  readonly name: string;
  readonly identity: { readonly [name: string]: Value };
}

/** A range for one worker; digests name what it needs, see `lending.ts`. */
export interface Task {
  readonly kind: "task";
  readonly run: string;
  /** Of the range, never used twice in a run. */
  readonly number: number;
  readonly question: string;
  readonly targets: string;
  /** A density's name, or the digest of the samples. */
  readonly source: string;
  /** Empty where no heights were set. */
  readonly heights: string;
  readonly parameter: string;
  readonly draw: Draw;
}

/** Why a worker gets no range of a run. */
export interface Refusal {
  readonly kind: "refusal";
  readonly run: string;
  readonly reason: string;
}

/** A worker lacks a blob from byte `at` on. */
export interface Need {
  readonly digest: string;
  readonly at: number;
}

/** Bytes `at` and following of a blob, or of the answer to a range. */
export interface Piece {
  readonly at: number;
  readonly size: number;
  readonly bytes: Uint8Array;
}
export interface BlobPiece extends Piece {
  readonly digest: string;
}
export interface AnswerPiece extends Piece {
  readonly worker: string;
  readonly number: number;
}

/** What went wrong while a worker counted a range. */
export interface Failure {
  readonly worker: string;
  readonly number: number;
  readonly error: string;
}

/** Who publishes under a subject: see docs/cluster.md for the rights that follow. */
export const SUBJECT: {
  /** Workers. */
  readonly want: string;
  /** The coordinator, to one worker: tasks and refusals. */
  readonly to: (worker: string) => string;
  /** Workers. */
  readonly need: (run: string) => string;
  /** The coordinator. */
  readonly piece: (run: string) => string;
  /** Workers: pieces of answers, and failures. */
  readonly answer: (run: string) => string;
} = {
  want: "brenier.want",
  to: (worker) => `brenier.to.${worker}`,
  need: (run) => `brenier.run.${run}.need`,
  piece: (run) => `brenier.run.${run}.piece`,
  answer: (run) => `brenier.run.${run}.answer`,
};

/** Milliseconds for which a request holds: a worker asks again after half of this time. */
export const WANT_MS = 1000;
/** Bytes of a blob that are sent for one request, so that no reader falls behind. */
export const WINDOW = 4_194_304;

/** A new name of a run or a worker. */
export const newId = (): string => hex(host.crypto.getRandomValues(new Uint8Array(12)));

export type Check = (value: Value) => boolean;
export type Shape<T> = { readonly [K in keyof T]-?: Check };

export const text =
  (most: number): Check =>
  (value) =>
    typeof value === "string" && value.length <= most;
const id: Check = (value) => typeof value === "string" && /^[0-9a-f]{24}$/.test(value);
const digest: Check = (value) => typeof value === "string" && /^[0-9a-f]{64}$/.test(value);
export const whole: Check = (value) => Number.isSafeInteger(value) && (value as number) >= 0;
/** Bytes of what is put together of pieces: no array holds more. */
const MOST_BYTES = 4_294_967_296;
const size: Check = (value) => whole(value) && (value as number) <= MOST_BYTES;
const bytes: Check = (value) => value instanceof Uint8Array && value.length > 0;
export const record: Check = (value) =>
  typeof value === "object" && !Array.isArray(value) && !ArrayBuffer.isView(value);
const or =
  (...checks: readonly Check[]): Check =>
  (value) =>
    checks.some((check) => check(value));
export const is =
  (...names: readonly string[]): Check =>
  (value) =>
    names.includes(value as string);

const WANT: Shape<Want> = { worker: id, name: text(100), identity: record };
const REFUSAL: Shape<Refusal> = { kind: is("refusal"), run: id, reason: text(2000) };
const TASK: Shape<Task> = {
  kind: is("task"),
  run: id,
  number: whole,
  question: text(100),
  targets: digest,
  source: or(is("gaussian", "cube"), digest),
  heights: or(is(""), digest),
  parameter: digest,
  draw: record, // `checkDraw` looks closer where it is drawn
};
const NEED: Shape<Need> = { digest, at: whole };
const PIECE = { at: whole, size, bytes };
const BLOB_PIECE: Shape<BlobPiece> = { ...PIECE, digest };
const ANSWER_PIECE: Shape<AnswerPiece> = { ...PIECE, worker: id, number: whole };
const FAILURE: Shape<Failure> = { worker: id, number: whole, error: text(2000) };

/** The message in bytes, where it has exactly the fields of one of the shapes. */
export function read<T>(given: Uint8Array, ...shapes: readonly { readonly [name: string]: Check }[]): T | undefined {
  let value: Value;
  try {
    value = decodeValue(given, 0);
  } catch {
    return undefined;
  }
  if (!record(value)) return undefined;
  const fields = value as { readonly [name: string]: Value };
  const fits = (shape: { readonly [name: string]: Check }): boolean =>
    Object.keys(fields).length === Object.keys(shape).length &&
    Object.entries(shape).every(([name, check]) => Object.hasOwn(fields, name) && check(fields[name]));
  return shapes.some(fits) ? (fields as T) : undefined;
}

/** Each reads a message of its kind: undefined for anything else. */
export const readWant = (given: Uint8Array): Want | undefined => read(given, WANT);
export const readTask = (given: Uint8Array): Task | Refusal | undefined => read(given, TASK, REFUSAL);
export const readNeed = (given: Uint8Array): Need | undefined => read(given, NEED);
export const readBlobPiece = (given: Uint8Array): BlobPiece | undefined => read(given, BLOB_PIECE);
export const readAnswer = (given: Uint8Array): AnswerPiece | Failure | undefined => read(given, ANSWER_PIECE, FAILURE);

/** A message as bytes. */
export const encodeMessage = (message: Want | Task | Refusal | Need | BlobPiece | AnswerPiece | Failure): Uint8Array =>
  encodeValue(message as unknown as Value);

/** Bytes of a message that are not the piece's. */
const AROUND = 1024;

/** Bytes from `from` to `to` in pieces that fit into messages of `mostBytes`. */
export function* piecesOf(
  all: Pick<Uint8Array, "length" | "subarray">,
  mostBytes: number,
  from = 0,
  to: number = all.length,
): Generator<Piece> {
  const most = Math.max(1, mostBytes - AROUND);
  for (let at = from; at < to; at += most) {
    yield { at, size: all.length, bytes: all.subarray(at, Math.min(to, at + most)) };
  }
}

/** Pieces that follow each other, put together. */
export class Assembly {
  readonly #parts: Uint8Array[] = [];
  /** Bytes that are there. */
  held = 0;

  /** Takes the piece where it is the next, and returns all bytes with the last. */
  take({ at, size, bytes: part }: Piece): Uint8Array | undefined {
    if (at !== this.held || at + part.length > size) return undefined;
    this.#parts.push(part);
    this.held += part.length;
    if (this.held < size) return undefined;
    return joined(this.#parts);
  }
}
