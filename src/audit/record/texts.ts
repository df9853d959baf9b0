import { existsSync } from "node:fs";
import { join } from "node:path";
import { writeFileAtomic } from "../../files/atomicWrite.ts";
import { makeFolder } from "../../files/makeFolder.ts";
import { sha256 } from "../../files/sha256.ts";
import { encodeUtf8 } from "../../formats/utf8.ts";
import { TEXTS } from "./record.ts";

/** Digest of a kernel's text: the first 16 hex digits of its sha256. */
export const textDigest = (code: string): string => sha256(code).slice(0, 16);

/** Keeps each text that ran as DIGEST.wgsl in the folder `audit` of a run, once. */
export class Texts {
  readonly #folder: string;
  readonly #digests = new Map<string, string>();

  constructor(folder: string) {
    this.#folder = join(folder, TEXTS);
    makeFolder(this.#folder);
  }

  /** The text's digest; it is on disk then. */
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
