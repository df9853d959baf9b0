import fc from "fast-check";
import { equal, is } from "uvu/assert";
import { idxByteLength, readIdx } from "../../src/formats/idx.ts";
import { holds, idxBytes, refuses } from "../datasets/fixture.ts";
import { describe } from "../support/suite.ts";

const labels = idxBytes([3], [1, 2, 3]);
const images = idxBytes([1, 2, 2], [9, 8, 7, 6]);

const refused = (bytes: Uint8Array, message: RegExp) => refuses(() => readIdx(bytes, "file"), "DataError", message);

describe("idx", {
  "labels and images are read": () => {
    equal(readIdx(labels, "file").shape, [3]);
    equal([...readIdx(labels, "file").data], [1, 2, 3]);
    equal(readIdx(images, "file").shape, [1, 2, 2]);
    equal([...readIdx(images, "file").data], [9, 8, 7, 6]);
  },
  "the header alone tells the length": () => {
    is(idxByteLength(images.subarray(0, 16), "file"), 20);
  },
  "short and long files are refused with both lengths": () => {
    refused(images.subarray(0, 19), /^idx: file: expected 20 bytes for \[1, 2, 2\], got 19; the file is cut short/);
    refused(Uint8Array.of(...images, 0), /expected 20 bytes for \[1, 2, 2\], got 21; the file is too long/);
    refused(images.subarray(0, 15), /expected a header of 16 bytes, got 15/);
    refused(new Uint8Array(0), /expected at least 8 bytes, got 0/);
  },
  "a count that lies is refused before anything is allocated": () => {
    const lie = idxBytes([0xffffffff, 0xffffffff, 0xffffffff], [1]);
    refused(lie, /expected 7\.9\d+e\+28 bytes for \[4294967295, 4294967295, 4294967295\], got 17/);
  },
  "another magic number is refused": () => {
    refused(Uint8Array.of(0, 0, 13, 3, 0, 0, 0, 1), /expected magic 0x00000801 .*, got 0x00000d03/);
    refused(Uint8Array.of(0x1f, 0x8b, 8, 0), /got 0x1f8b0800/);
  },
  "a size of zero is refused": () => {
    refused(idxBytes([0], []), /expected sizes above zero, got \[0\]/);
    refused(idxBytes([2, 0, 3], []), /got \[2, 0, 3\]/);
  },
  "any header is read or refused": () => {
    const small = fc.tuple(fc.constantFrom(1, 2, 3), fc.uint8Array({ maxLength: 40 })).map(([rank, rest]) => {
      return Uint8Array.of(0, 0, 8, rank, ...rest.map((byte, i) => (i % 4 < 3 && i < 12 ? byte & 1 : byte)));
    });
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 64 }), small), (bytes) => holds(() => readIdx(bytes, "fuzz"))),
      { seed: 1, numRuns: 200, includeErrorInReport: true },
    );
  },
});
