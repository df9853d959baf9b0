import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { type Signal, throwIfAborted } from "../kernels/signal.ts";

/** The SHA-256 of bytes or texts in UTF-8, one behind the other, as 64 hex digits. */
export function sha256(...parts: readonly (string | Uint8Array)[]): string {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part);
  return hash.digest("hex");
}

/** The SHA-256 of a file of any size, which is read in pieces; the reason of an aborted signal. */
export async function sha256OfFile(path: string, signal?: Signal): Promise<string> {
  const hash = createHash("sha256");
  for await (const piece of createReadStream(path, { highWaterMark: PIECE_BYTES })) {
    throwIfAborted(signal);
    hash.update(piece as Uint8Array);
  }
  return hash.digest("hex");
}

const PIECE_BYTES = 1_048_576;
