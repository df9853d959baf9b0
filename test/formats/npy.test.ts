import { readFileSync } from "node:fs";
import { join } from "node:path";
import { inflateSync } from "node:zlib";
import fc from "fast-check";
import { equal, is } from "uvu/assert";
import { writeFileAtomic } from "../../src/files/atomicWrite.ts";
import { encodeNpy, type NpyInput, readNpy } from "../../src/formats/npy.ts";
import { holds, inFolder, refuses } from "../datasets/fixture.ts";
import { describe } from "../support/suite.ts";

/** A file that NumPy 2.4 wrote, deflated, in base64. */
function numpy(text: string): Uint8Array {
  return new Uint8Array(inflateSync(Buffer.from(text, "base64")));
}

const f4 = numpy(
  "eNqb7BfqGxDJyFDGUK2eklqcXKRupaBuk2airqOgnpZfVFKUmBefX5SSChJ3S8wpTgWKF2ckFqQC+RpGOgrGmjoKtQpkAy4GMDhgDyKebUysZwTzHzgAACDZIMM=",
);
const f4Big = numpy(
  "eNqb7BfqGxDJyFDGUK2eklqcXKRupaBul2airqOgnpZfVFKUmBefX5SSChJ3S8wpTgWKF2ckFqQC+RpGOpo6CrUKFAAu+wMMDEDEAAA4ih0a",
);
const f8 = numpy(
  "eNqb7BfqGxDJyFDGUK2eklqcXKRupaBuk2ahrqOgnpZfVFKUmBefX5SSChJ3S8wpTgWKF2ckFqQC+RpGOpo6CrUKFAAuCV2XkN+KnA5zShk6bJ6Y/wMANdIhjQ==",
);
const u1 = numpy(
  "eNqb7BfqGxDJyFDGUK2eklqcXKRupaBeU2qorqOgnpZfVFKUmBefX5SSChJ3S8wpTgWKF2ckFqQC+RqGOgpGmjoKtQpkAy6G/wCuFBy1",
);
const i4 = numpy(
  "eNqb7BfqGxDJyFDGUK2eklqcXKRupaBuk2mirqOgnpZfVFKUmBefX5SSChJ3S8wpTgWKF2ckFqQC+RpGOpo6CrUKFAAuBgaGhv///9cDADq4H1g=",
);
const i8 = numpy(
  "eNqb7BfqGxDJyFDGUK2eklqcXKRupaBuk2mhrqOgnpZfVFKUmBefX5SSChJ3S8wpTgWKF2ckFqQC+RpGOpo6CrUKFACu/2Agz/AbwvgPAIE2KW0=",
);
const i8Big = numpy(
  "eNqb7BfqGxDJyFDGUK2eklqcXKRupaBul2mhrqOgnpZfVFKUmBefX5SSChJ3S8wpTgWKF2ckFqQC+RqGOpo6CrUKFACu/xDwDwBU/CNY",
);
const i8Unsafe = numpy(
  "eNqb7BfqGxDJyFDGUK2eklqcXKRupaBuk2mhrqOgnpZfVFKUmBefX5SSChJ3S8wpTgWKF2ckFqQC+RpGOpo6CrUKFAAuBhSgwAAAC9UbgA==",
);
const scalar = numpy(
  "eNqb7BfqGxDJyFDGUK2eklqcXKRupaBuk2ahrqOgnpZfVFKUmBefX5SSChJ3S8wpTgWKF2ckFqQC+RqaOgq1ChQBLgYwYHEAACeeG4M=",
);
const empty = numpy(
  "eNqb7BfqGxDJyFDGUK2eklqcXKRupaBuk2airqOgnpZfVFKUmBefX5SSChJ3S8wpTgWKF2ckFqQC+RoGOgrGmjoKtQpkAy4AVesbag==",
);
const fortran = numpy(
  "eNqb7BfqGxDJyFDGUK2eklqcXKRupaBuk2airqOgnpZfVFKUmBefX5SSChIPKSpNBQoXZyQWpAK5GkY6CsaaOgq1CuQDLgYwcHBgYGiwB2IHEIeBYYEDAPbpHmA=",
);
const bool = numpy(
  "eNqb7BfqGxDJyFDGUK2eklqcXKRupaBek2SorqOgnpZfVFKUmBefX5SSChJ3S8wpTgWKF2ckFqQC+RqGOpo6CrUKFAAuRgCFwRuS",
);

const refused = (bytes: Uint8Array, message: RegExp) => refuses(() => readNpy(bytes, "a.npy"), "DataError", message);

/** `f4` with a piece of its header replaced by one as long. */
function altered(from: string, to: string): Uint8Array {
  const bytes = Buffer.from(f4);
  bytes.write(to.padEnd(from.length), bytes.indexOf(from));
  return bytes;
}

/** A file of version 1.0 with this header. */
function handMade(header: string, data: Uint8Array): Uint8Array {
  const text = new TextEncoder().encode(`${header}\n`);
  return Uint8Array.of(0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, text.length & 255, text.length >> 8, ...text, ...data);
}

const values = Float32Array.of(0, 1.5, -2, 3e38, 1e-45, 7);

describe("npy", {
  "what NumPy wrote is read": () => {
    const read = (bytes: Uint8Array) => readNpy(bytes, "a.npy");
    equal(read(f4), { shape: [2, 3], data: values });
    equal(read(f4Big), { shape: [2], data: Float32Array.of(1.5, -2) });
    equal(read(f8), { shape: [2], data: Float64Array.of(Math.PI, -1e300) });
    equal(read(u1), { shape: [1, 2], data: Uint8Array.of(0, 255) });
    equal(read(i4), { shape: [2], data: Int32Array.of(-(2 ** 31), 2 ** 31 - 1) });
    equal(read(i8), { shape: [2], data: Float64Array.of(2 ** 53 - 1, -5) });
    equal(read(i8Big), { shape: [1], data: Float64Array.of(-2) });
    equal(read(scalar), { shape: [], data: Float64Array.of(2.5) });
    equal(read(empty), { shape: [0, 3], data: new Float32Array(0) });
  },
  "what is written is what NumPy writes": () => {
    const same = (array: NpyInput, bytes: Uint8Array) => equal(encodeNpy(array), bytes);
    same({ shape: [2, 3], dtype: "<f4", data: values }, f4);
    same({ shape: [2], dtype: "<f8", data: Float64Array.of(Math.PI, -1e300) }, f8);
    same({ shape: [1, 2], dtype: "|u1", data: Uint8Array.of(0, 255) }, u1);
    same({ shape: [2], dtype: "<i4", data: Int32Array.of(-(2 ** 31), 2 ** 31 - 1) }, i4);
    same({ shape: [0, 3], dtype: "<f4", data: new Float32Array(0) }, empty);
  },
  "a file goes to disk and back, and a view writes only itself": () =>
    inFolder((folder) => {
      writeFileAtomic(join(folder, "a.npy"), encodeNpy({ shape: [2], dtype: "<f4", data: values.subarray(1, 3) }));
      equal(readNpy(readFileSync(join(folder, "a.npy")), "a.npy"), { shape: [2], data: Float32Array.of(1.5, -2) });
    }),
  "a shape that does not fit is not written": () => {
    const data = new Float32Array(6);
    refuses(
      () => encodeNpy({ shape: [2, 2], dtype: "<f4", data }),
      "RangeError",
      /expected `shape` of 6 values, got \[2, 2\]/,
    );
    refuses(() => encodeNpy({ shape: [-2, -3], dtype: "<f4", data }), "RangeError", /got \[-2, -3\]/);
  },
  "torn and overlong files are refused": () => {
    refused(f4.subarray(0, -1), /expected 24 bytes for \[2, 3\] of <f4, got 23 bytes after the header/);
    refused(Uint8Array.of(...f4, 0), /expected 24 bytes .*, got 25/);
    refused(f4.subarray(0, 100), /expected a header within 100 bytes, got one of 118/);
    refused(f4.subarray(0, 11), /expected the bytes \\x93NUMPY first/);
    refused(new Uint8Array(0), /this is no \.npy file/);
  },
  "Fortran order and truth values that NumPy wrote are read": () => {
    equal(readNpy(fortran, "a.npy"), { shape: [2, 3], data: Float32Array.of(0, 1, 2, 3, 4, 5) });
    equal(readNpy(bool, "a.npy"), { shape: [1], data: Uint8Array.of(1) });
  },
  "integers beyond float64 and other versions are refused": () => {
    refused(i8Unsafe, /expected whole numbers within .*, got 9007199254740992 at index 1/);
    const version = f4.slice();
    version[6] = 9;
    refused(version, /expected version 1 to 3, got 9/);
  },
  "other kinds of arrays and archives are refused by what they are": () => {
    const of = (descr: string) =>
      handMade(`{'descr': ${descr}, 'fortran_order': False, 'shape': (2,), }`, new Uint8Array(32));
    const names = "f2 f4 f8 i1 i2 i4 i8 u1 u2 u4 u8 b1";
    refused(of("'|O'"), new RegExp(`^npy: a\\.npy: expected values ${names}, got "\\|O", an array of Python objects`));
    refused(of("'<U4'"), /got "<U4", text; save a\.astype\(float\)/);
    refused(of("'|S4'"), /got "\|S4", text/);
    refused(of("'<c16'"), /got "<c16", complex numbers; save numpy\.stack/);
    refused(of("'<M8[s]'"), /got "<M8\[s\]", dates/);
    refused(of("'<m8[s]'"), /spans of time/);
    refused(of("'|V16'"), /raw bytes/);
    refused(of("'<f16'"), /got "<f16", floats of another width/);
    refused(of("'<f3'"), /got "<f3", floats of another width/);
    refused(of("'<q4'"), /got "<q4"$/);
    refused(
      of("[('x', '<f8'), ('y', '<f8')]"),
      /expected an array of numbers, got a structured array, with named fields; /,
    );
    refused(of("[('x', '<f8', (2,))]"), /got a structured array/);
    refused(of("('<f8', (2,))"), /got a structured array/);
    const zip = new Uint8Array(40);
    zip.set([0x50, 0x4b, 3, 4]);
    zip[26] = 5;
    zip.set(new TextEncoder().encode("a.npy"), 30);
    refused(zip, /numpy\.save\("points\.npy", numpy\.load\("a\.npy"\)\["a"\]\)$/);
    refused(zip.subarray(0, 20), /\["arr_0"\]\)$/);
    refused(Uint8Array.of(0x50, 0x4b, 3, 4, ...f4), /got a zip, as numpy\.savez writes it; .*numpy\.load\("a\.npy"\)/);
    refused(
      new TextEncoder().encode("1,2\n3,4\n5,6\n"),
      /this is no \.npy file \(texts end in \.csv, \.tsv or \.txt\)$/,
    );
  },
  "headers in either quotes, in any order, and with Python 2's sizes are read": () => {
    for (const header of [
      '{"descr": "<i2", "fortran_order": False, "shape": (2, 1), }',
      `{"descr": '<i2', 'fortran_order': False, "shape": (2, 1)}`,
      "{'descr': '<i2', 'fortran_order': False, 'shape': (2L, 1L), }",
      "{'shape': (2, 1L), 'fortran_order': True, 'descr': '<i2'}",
      "{ 'descr' : '<i2', 'fortran_order' : False , 'shape' :  (2, 1) , }",
    ]) {
      const file = handMade(header, Uint8Array.of(1, 0, 255, 255));
      equal(readNpy(file, "a.npy"), { shape: [2, 1], data: Int16Array.of(1, -1) }, header);
    }
    for (const header of [
      `{'descr": '<i2', 'fortran_order': False, 'shape': (2, 1), }`,
      `{'descr': '<i2", 'fortran_order': False, 'shape': (2, 1), }`,
      "{'descr': '<i2', 'fortran_order': False, 'shape': (2l, 1), }",
      "{'descr': '<i2', 'fortran_order': False, 'shape': (L2, 1), }",
    ]) {
      refused(handMade(header, Uint8Array.of(1, 0, 255, 255)), /expected a header with/);
    }
  },
  "headers that lie are refused": () => {
    refused(altered("(2, 3), }", "(2, 4), }"), /expected 32 bytes for \[2, 4\]/);
    refused(altered("'shape'", "'sharp'"), /expected a header with descr, fortran_order and shape/);
    refused(altered("(2, 3), }", "(-2,-3), }"), /expected a header with/);
    refused(altered("(2, 3), }            ", "(99999999999999999999,0), }"), /expected fewer than 2\^53 values/);
    refused(
      altered("(2, 3), }                     ", `(${"9".repeat(26)},), }`),
      /expected fewer than 2\^53 values, got \[1e\+26\]/,
    );
  },
  "any header is read or refused": () => {
    const word = fc.constantFrom(
      "{",
      "}",
      "'descr'",
      ": ",
      "'<f4'",
      ", ",
      "'fortran_order'",
      "False",
      "'shape'",
      "(",
      "9",
      ",)",
      ")",
    );
    const text = fc.array(word, { maxLength: 20 }).map((words) => words.join(""));
    const file = fc.tuple(text, fc.uint8Array({ maxLength: 20 }), fc.nat(3)).map(([header, rest, slip]) => {
      return Uint8Array.of(...f4.subarray(0, 8), header.length + slip, 0, ...Buffer.from(header), ...rest);
    });
    const damage = fc
      .tuple(fc.nat(f4.length - 1), fc.nat(255))
      .map(([at, byte]) => f4.map((old, i) => (i === at ? byte : old)));
    fc.assert(
      fc.property(fc.oneof(file, damage), (bytes) => holds(() => readNpy(bytes, "fuzz"))),
      { seed: 4, numRuns: 200, includeErrorInReport: true },
    );
  },
  "arrays survive the round trip": () => {
    fc.assert(
      fc.property(fc.float32Array({ maxLength: 30 }), (data) => {
        is(
          Buffer.compare(
            Buffer.from(readNpy(encodeNpy({ shape: [data.length], dtype: "<f4", data }), "a").data.buffer),
            Buffer.from(data.buffer),
          ),
          0,
        );
      }),
      { seed: 5, includeErrorInReport: true },
    );
  },
});
