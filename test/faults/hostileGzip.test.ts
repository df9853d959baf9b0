// gzip: cut anywhere, damaged anywhere, bombs, members and bytes after the end; then fuzzed
// headers.
import { deflateRawSync, gunzipSync, gzipSync } from "node:zlib";
import fc from "fast-check";
import { is, ok } from "uvu/assert";
import { gunzip, peekGzip } from "../../src/codecs/gzip.ts";
import { crc32 } from "../../src/formats/crc32.ts";
import { refuses } from "../datasets/fixture.ts";
import { describe } from "../support/suite.ts";
import { damaged, fuzz, oneLine, within } from "./fuzz.ts";

const text = Uint8Array.from({ length: 3000 }, (_, i) => (i * i) % 251);
const packed = new Uint8Array(gzipSync(text));
const limits = { maxBytes: 10_000 };

function refused(bytes: Uint8Array, message: RegExp, given: { maxBytes: number; exactBytes?: number } = limits): void {
  refuses(() => gunzip(bytes, "a.gz", given), "DataError", message);
  try {
    gunzip(bytes, "a.gz", given);
  } catch (error) {
    oneLine(error, "a.gz");
  }
}

function flipped(bytes: Uint8Array, bit: number): Uint8Array {
  const copy = bytes.slice();
  copy[bit >> 3] = (copy[bit >> 3] as number) ^ (1 << (bit & 7));
  return copy;
}

/** A member with all optional fields: extra, name, comment, and a CRC-16 of the header. */
function fullHeader(crc?: number): Uint8Array {
  const head = [0x1f, 0x8b, 8, 0x1e, 0, 0, 0, 0, 0, 3, 2, 0, 65, 66, 110, 0, 99, 0];
  const sum = crc ?? crc32(Uint8Array.from(head)) & 0xffff;
  return Uint8Array.from([...head, sum & 255, sum >> 8, ...deflateRawSync(text), ...packed.subarray(-8)]);
}

describe("hostile gzip", {
  "a file cut at every 16th byte, and anywhere in its last 16": () => {
    for (let length = 0; length < packed.length; length += length < packed.length - 16 ? 16 : 1) {
      refused(packed.subarray(0, length), /^gzip: a\.gz: (the file is cut short|expected a gzip file)/);
    }
  },
  "every single bit of the CRC and of the length": () => {
    for (let bit = 8 * (packed.length - 8); bit < 8 * packed.length; bit++) {
      refused(flipped(packed, bit), /the CRC differs|expected \d+ bytes, got 3000/);
    }
  },
  "every single bit of the data": () => {
    for (let bit = 80; bit < 8 * (packed.length - 8); bit += 3) refused(flipped(packed, bit), /^gzip: a\.gz: /);
  },
  "every single bit of a header with a CRC": () => {
    is(Buffer.compare(gunzip(fullHeader(), "a.gz", limits), text), 0);
    refused(fullHeader(0x1234), /the CRC of its header differs/);
    // The last bit of a header's own flags takes the CRC away; what it then reads in its place is
    // no deflate stream.
    for (let bit = 0; bit < 8 * 20; bit++) refused(flipped(fullHeader(), bit), /^gzip: a\.gz: /);
  },
  "256 MiB of zeros in 261 kB, at the cap by name": () => {
    const bomb = new Uint8Array(gzipSync(new Uint8Array(2 ** 28)));
    ok(bomb.length < 300_000);
    const before = process.memoryUsage().arrayBuffers;
    refuses(
      () => gunzip(bomb, "bomb.gz", { maxBytes: 2 ** 20 }),
      "DataError",
      /^gzip: bomb\.gz: expected at most 1048576 bytes inside, got more; refused$/,
    );
    refuses(
      () => gunzip(bomb, "bomb.gz", { maxBytes: 2 ** 30, exactBytes: 784 }),
      "DataError",
      /expected at most 784 bytes inside/,
    );
    refuses(
      () => gunzip(bomb, "bomb.gz", { maxBytes: 784, exactBytes: 785 }),
      "DataError",
      /at most 784 bytes, its header claims 785/,
    );
    is(peekGzip(bomb, "bomb.gz", 16).length, 16);
    within(before, 2 ** 24);
  },
  "a second member, and zeros after the end": () => {
    refused(Uint8Array.of(...packed, ...packed), /bytes after the end of the first member, expected none/);
    for (const zeros of [1, 8, 512]) refused(Uint8Array.of(...packed, ...new Uint8Array(zeros)), /bytes after the end/);
    is(gunzipSync(Uint8Array.of(...packed, ...new Uint8Array(8))).length, text.length, "Node accepts it");
  },
  "a file that is no gzip, or whose header never ends": () => {
    for (const start of [[], [0x1f], [0x50, 0x4b, 3, 4], [0x1f, 0x8b, 7, 0], [0x1f, 0x8b, 8, 0xe0]])
      refused(Uint8Array.from([...start, ...new Uint8Array(20)]), /expected a gzip file/);
    const name = Uint8Array.from([0x1f, 0x8b, 8, 8, 0, 0, 0, 0, 0, 3, ...new Uint8Array(5000).fill(65)]);
    refused(name, /cut short/);
    refuses(() => peekGzip(name, "a.gz", 8), "DataError", /cut short/);
    refused(Uint8Array.from([0x1f, 0x8b, 8, 4, 0, 0, 0, 0, 0, 3, 255, 255, 1, 2, 3]), /cut short/);
  },
  "200 fuzzed headers are read as what they mean or refused": async () => {
    const flags = fc.tuple(fc.nat(255), fc.uint8Array({ maxLength: 12 }), fc.boolean()).map(([flag, fields, right]) => {
      const head = [0x1f, 0x8b, 8, right ? flag & 1 : flag, 1, 2, 3, 4, 5, 6, ...(right ? [] : fields)];
      return Uint8Array.from([...head, ...packed.subarray(10)]);
    });
    const files = fc.oneof(flags, damaged(fc.constantFrom(packed, fullHeader(), new Uint8Array(gzipSync("")))));
    await fuzz({
      read: (bytes, name) => {
        try {
          peekGzip(bytes, name, 16);
        } catch (error) {
          oneLine(error, name);
        }
        return gunzip(bytes, name, limits);
      },
      means: (data, bytes) => is(Buffer.compare(data, gunzipSync(bytes)), 0),
      files,
      seed: 104,
      times: 2,
      more: 2 ** 21, // a chunk of the first look and one of the whole
    });
  },
});
