import { deflateRawSync, gzipSync } from "node:zlib";
import fc from "fast-check";
import { equal, is } from "uvu/assert";
import { gunzip, peekGzip } from "../../src/codecs/gzip.ts";
import { crc32 } from "../../src/formats/crc32.ts";
import { holds, refuses } from "../datasets/fixture.ts";
import { describe } from "../support/suite.ts";

const text = new TextEncoder().encode("the quick brown fox jumps over the lazy dog, ".repeat(20));
const packed = new Uint8Array(gzipSync(text));
const limits = { maxBytes: 10_000 };
const refused = (bytes: Uint8Array, message: RegExp, given: { maxBytes: number; exactBytes?: number } = limits) =>
  refuses(() => gunzip(bytes, "a.gz", given), "DataError", message);

function flipped(at: number): Uint8Array {
  const bytes = packed.slice();
  bytes[at] = (bytes[at] as number) ^ 0x10;
  return bytes;
}

describe("gzip", {
  "crc32 gives the check value of the standard, in one piece and in two": () => {
    const digits = new TextEncoder().encode("123456789");
    is(crc32(digits), 0xcbf43926);
    for (let cut = 0; cut <= 9; cut++) is(crc32(digits.subarray(cut), crc32(digits.subarray(0, cut))), 0xcbf43926);
  },
  "a file is unpacked": () => {
    equal(gunzip(packed, "a.gz", limits), text);
    equal(gunzip(packed, "a.gz", { maxBytes: 900, exactBytes: 900 }), text);
    is(gunzip(new Uint8Array(gzipSync("")), "a.gz", limits).length, 0);
  },
  "optional header fields are passed over": () => {
    const header = [0x1f, 0x8b, 8, 0x1f, 0, 0, 0, 0, 0, 3, 2, 0, 65, 66, 110, 0, 99, 0];
    const sum = crc32(Uint8Array.from(header));
    const bytes = Uint8Array.of(
      ...header,
      sum & 255,
      (sum >> 8) & 255,
      ...deflateRawSync(text),
      ...packed.subarray(-8),
    );
    equal(gunzip(bytes, "a.gz", limits), text);
  },
  "a file cut anywhere is refused": () => {
    for (let length = 0; length < packed.length; length++) {
      refused(packed.subarray(0, length), /^gzip: a\.gz: (the file is cut short|expected a gzip file)/);
    }
  },
  "a flipped bit is refused": () => {
    refused(flipped(packed.length - 8), /the CRC differs/);
    refused(flipped(packed.length - 3), /expected \d+ bytes, got 900/);
    refused(flipped(40), /^gzip: a\.gz: (the CRC differs|the file is (damaged|cut short))/);
    refused(flipped(0), /expected a gzip file/);
  },
  "a second member or bytes after the end are refused": () => {
    refused(
      Uint8Array.of(...packed, ...packed),
      new RegExp(`${packed.length} bytes after the end of the first member`),
    );
    refused(Uint8Array.of(...packed, 0), /1 bytes after the end/);
  },
  "a bomb is refused at the cap": () => {
    const bomb = new Uint8Array(gzipSync(new Uint8Array(2 ** 23)));
    refused(bomb, /expected at most 10000 bytes inside, got more/);
    refused(bomb, /expected at most 10000 bytes inside/, { maxBytes: 2 ** 30, exactBytes: 10_000 });
    refused(bomb, /expected at most 10 bytes, its header claims 11/, { maxBytes: 10, exactBytes: 11 });
  },
  "another size than the exact one is refused": () => {
    refused(packed, /expected 901 bytes, got 900/, { maxBytes: 2000, exactBytes: 901 });
    refused(packed, /expected at most 899 bytes inside/, { maxBytes: 2000, exactBytes: 899 });
  },
  "a beginning is read from a whole or a cut file": () => {
    equal(peekGzip(packed, "a.gz", 9), text.subarray(0, 9));
    equal(peekGzip(new Uint8Array(gzipSync(new Uint8Array(2 ** 23))), "a.gz", 16), new Uint8Array(16));
    refuses(() => peekGzip(packed, "a.gz", 901), "DataError", /expected at least 901 bytes inside, got 900/);
  },
  "any damage is refused or harmless": () => {
    fc.assert(
      fc.property(fc.nat(packed.length - 1), fc.nat(255), (at, byte) => {
        const bytes = packed.slice();
        bytes[at] = byte;
        return holds(() => equal(gunzip(bytes, "fuzz", limits), text)) && holds(() => peekGzip(bytes, "fuzz", 16));
      }),
      { seed: 2, numRuns: 200, includeErrorInReport: true },
    );
  },
});
