import { existsSync } from "node:fs";
import { join } from "node:path";
import { writeFileAtomic } from "../../files/atomicWrite.ts";
import { makeFolder } from "../../files/makeFolder.ts";
import { requireOwnFolder } from "../../files/ownFile.ts";
import { readOwnBytes } from "../../files/readBytes.ts";
import { sha256 } from "../../files/sha256.ts";
import { DataError } from "../../formats/error.ts";
import { decodeUtf8, encodeUtf8 } from "../../formats/utf8.ts";
import { TEXTS } from "./record.ts";

/** Digest of a kernel's text: the first 16 hex digits of its SHA-256. */
export const textDigest = (code: string): string => sha256(code).slice(0, 16);

/** A kernel text of a run by its digest. DataError when it is missing or has another digest. */
export function readText(folder: string, digest: string): string {
  requireOwnFolder(join(folder, TEXTS));
  const path = join(folder, TEXTS, `${digest}.wgsl`);
  const code = decodeUtf8(readOwnBytes(path));
  const found = textDigest(code);
  if (found === digest) return code;
  throw new DataError(`${path}: expected a text with the digest of its name, got one with ${found}`);
}

/** Writes each kernel text that ran, once, as DIGEST.wgsl into the folder `audit` of a run. */
export class Texts {
  readonly #folder: string;
  readonly #digests = new Map<string, string>();

  constructor(folder: string) {
    this.#folder = join(folder, TEXTS);
    requireOwnFolder(this.#folder);
    makeFolder(this.#folder);
  }

  /** Writes a text unless it is there; returns its digest. */
  keep(code: string): string {
    const known = this.#digests.get(code);
    if (known !== undefined) return known;
    const digest = textDigest(code);
    const path = join(this.#folder, `${digest}.wgsl`);
    if (!existsSync(path)) writeFileAtomic(path, encodeUtf8(code));
    this.#digests.set(code, digest);
    return digest;
  }
}
