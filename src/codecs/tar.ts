import { DataError } from "../formats/error.ts";
import { decodeUtf8 } from "../formats/utf8.ts";
import { powerOfTwo } from "../math/float64.ts";
import { gunzip } from "./gzip.ts";

const block = 512;

/**
 * The regular files of a ustar archive by path (POSIX.1-1988, with pax headers skipped: long paths
 * keep their short form), sharing the memory of `bytes`.
 *
 * @param name what the errors call the archive.
 * @throws DataError if a header's checksum is wrong or a file runs past the end of the archive.
 */
export function tarFiles(bytes: Uint8Array, name: string): ReadonlyMap<string, Uint8Array> {
  const files = new Map<string, Uint8Array>();
  for (let at = 0; at + block <= bytes.length; ) {
    const header = bytes.subarray(at, at + block);
    if (header.every((byte) => byte === 0)) break;
    // The checksum counts its own field as eight spaces.
    const sum = header.reduce((total, byte, i) => total + (i >= 148 && i < 156 ? 0x20 : byte), 0);
    if (octal(header, 148, 8) !== sum)
      throw new DataError(`tar: ${name}: bad header at byte ${at}, the archive is damaged`);
    const size = octal(header, 124, 12);
    const start = at + block;
    if (!(start + size <= bytes.length)) {
      throw new DataError(`tar: ${name}: expected ${size} bytes at byte ${start}, got ${bytes.length - start}`);
    }
    const kind = text(header, 156, 1);
    if (kind === "0" || kind === "") {
      const prefix = text(header, 257, 5) === "ustar" ? text(header, 345, 155) : "";
      files.set((prefix === "" ? "" : `${prefix}/`) + text(header, 0, 100), bytes.subarray(start, start + size));
    }
    at = start + Math.ceil(size / block) * block;
  }
  return files;
}

/**
 * The files of a gzipped archive in `folder`, by what follows it in their paths. DataError as for
 * `tarFiles` and `gunzip`.
 */
export function tarGzFiles(bytes: Uint8Array, name: string, folder: string): ReadonlyMap<string, Uint8Array> {
  const files = tarFiles(gunzip(bytes, name, { maxBytes: powerOfTwo(28) }), name);
  const prefix = `${folder}/`;
  const within = [...files].filter(([path]) => path.startsWith(prefix));
  return new Map(within.map(([path, content]) => [path.slice(prefix.length), content]));
}

function text(header: Uint8Array, start: number, length: number): string {
  const field = header.subarray(start, start + length);
  const end = field.indexOf(0);
  return decodeUtf8(end < 0 ? field : field.subarray(0, end));
}

/** The number in an octal field; NaN, which fails every comparison above, where it is not octal. */
function octal(header: Uint8Array, start: number, length: number): number {
  const digits = text(header, start, length).trim();
  return /^[0-7]+$/.test(digits) ? Number.parseInt(digits, 8) : Number.NaN;
}
