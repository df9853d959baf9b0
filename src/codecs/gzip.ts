import { constants, inflateRawSync } from "node:zlib";
import { crc32 } from "../formats/crc32.ts";
import { DataError } from "../formats/error.ts";
import { powerOfTwo } from "../math/float64.ts";

/** How much a gzip file may unpack to. */
export interface GunzipLimits {
  /** Greatest number of bytes that the file may unpack to, and that is ever allocated. */
  readonly maxBytes: number;
  /** The number of bytes that the file must unpack to, where the caller knows it. */
  readonly exactBytes?: number;
}

/**
 * Unpacks a gzip file of one member (RFC 1952), whole and nothing else: Node's own `gunzipSync`
 * accepts further members and trailing zeros.
 *
 * @param name what the errors call the file.
 * @throws DataError if the file is torn, fails its CRC, goes on after its first member, or is
 *   larger than `limits`.
 */
export function gunzip(bytes: Uint8Array, name: string, limits: GunzipLimits): Uint8Array {
  const { maxBytes, exactBytes } = limits;
  if (exactBytes !== undefined && exactBytes > maxBytes) {
    throw new DataError(`gzip: ${name}: expected at most ${maxBytes} bytes, its header claims ${exactBytes}`);
  }
  const start = deflateStart(bytes, name);
  const { data, consumed } = inflate(bytes.subarray(start), name, exactBytes ?? maxBytes);
  const trailer = bytes.subarray(start + consumed);
  if (trailer.length < 8) throw new DataError(`gzip: ${name}: the file is cut short, fetch it again`);
  if (trailer.length > 8) {
    throw new DataError(`gzip: ${name}: ${trailer.length - 8} bytes after the end of the first member, expected none`);
  }
  const view = new DataView(trailer.buffer, trailer.byteOffset, 8);
  if (view.getUint32(0, true) !== crc32(data)) {
    throw new DataError(`gzip: ${name}: the CRC differs, the file is damaged, fetch it again`);
  }
  const size = view.getUint32(4, true);
  if (size !== data.length % powerOfTwo(32) || data.length !== (exactBytes ?? data.length)) {
    throw new DataError(`gzip: ${name}: expected ${exactBytes ?? size} bytes, got ${data.length}`);
  }
  return data;
}

/**
 * The first `count` bytes that a gzip file unpacks to, checked against nothing: enough to read a
 * header and learn the exact size for `gunzip`. Allocates at most 5 MiB.
 *
 * @throws DataError if the beginning of the file is not gzip or holds fewer bytes.
 */
export function peekGzip(bytes: Uint8Array, name: string, count: number): Uint8Array {
  const start = deflateStart(bytes, name);
  // Deflate expands at most 1032 times, so 4 KiB cannot become more than 4.1 MiB.
  const head = inflate(bytes.subarray(start, start + 4096), name, 5 * powerOfTwo(20), constants.Z_SYNC_FLUSH).data;
  if (head.length < count) {
    throw new DataError(
      `gzip: ${name}: expected at least ${count} bytes inside, got ${head.length}; the file is cut short`,
    );
  }
  return head.subarray(0, count);
}

function inflate(
  bytes: Uint8Array,
  name: string,
  maxBytes: number,
  finishFlush: number = constants.Z_FINISH,
): { readonly data: Uint8Array; readonly consumed: number } {
  const cap = Math.max(1, maxBytes);
  try {
    // With `info` Node also returns the engine, as documented; @types/node does not declare it.
    const { buffer, engine } = inflateRawSync(bytes, {
      info: true,
      finishFlush,
      maxOutputLength: cap,
      chunkSize: Math.min(Math.max(64, cap), powerOfTwo(20)),
    }) as unknown as { readonly buffer: Buffer; readonly engine: { readonly bytesWritten: number } };
    const data = new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength);
    return { data, consumed: engine.bytesWritten };
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === "ERR_BUFFER_TOO_LARGE") {
      throw new DataError(`gzip: ${name}: expected at most ${maxBytes} bytes inside, got more; refused`);
    }
    if (code === "Z_BUF_ERROR") throw new DataError(`gzip: ${name}: the file is cut short, fetch it again`);
    throw new DataError(`gzip: ${name}: the file is damaged (${message}), fetch it again`, { cause: error });
  }
}

/**
 * Where the deflate stream begins: after the fixed header and the optional fields of RFC 1952,
 * section 2.3.
 */
function deflateStart(bytes: Uint8Array, name: string): number {
  const flags = bytes[3] ?? 0;
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b || bytes[2] !== 8 || flags & 0xe0) {
    throw new DataError(`gzip: ${name}: expected a gzip file, got another format or a cut header`);
  }
  let at = 10;
  if (flags & 4) at += 2 + (bytes[at] ?? 0) + 256 * (bytes[at + 1] ?? 0);
  for (const text of [8, 16]) if (flags & text) at = afterZero(bytes, at);
  const end = at;
  if (flags & 2) at += 2;
  if (at >= bytes.length) throw new DataError(`gzip: ${name}: the file is cut short, fetch it again`);
  // The low half of a CRC-32, low byte first.
  const sum = (bytes[end] as number) + 256 * (bytes[end + 1] as number);
  if (flags & 2 && sum !== (crc32(bytes.subarray(0, end)) & 0xffff)) {
    throw new DataError(`gzip: ${name}: the CRC of its header differs, the file is damaged, fetch it again`);
  }
  return at;
}

function afterZero(bytes: Uint8Array, from: number): number {
  const zero = bytes.indexOf(0, from);
  return zero < 0 ? bytes.length : zero + 1;
}
