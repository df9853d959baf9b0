// .npy: headers and sizes that lie, then fuzzed headers.
import fc from "fast-check";
import { equal, is, ok } from "uvu/assert";
import { encodeNpy, type NpyArray, readNpy } from "../../src/formats/npy.ts";
import { refuses } from "../datasets/fixture.ts";
import { describe } from "../support/suite.ts";
import { damaged, fuzz, oneLine, plainPrototype, within } from "./fuzz.ts";

/** A file of version 1 with this header, and so many bytes of data. */
function file(header: string, data = 0, version = 1): Uint8Array {
  const text = new TextEncoder().encode(header);
  const length = version === 1 ? [text.length & 255, text.length >> 8] : [text.length & 255, text.length >> 8, 0, 0];
  const values = Uint8Array.from({ length: data }, (_, i) => i + 1);
  return Uint8Array.from([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, version, 0, ...length, ...text, ...values]);
}

const head = (shape: string, descr = "|u1", order = "False") =>
  `{'descr': '${descr}', 'fortran_order': ${order}, 'shape': ${shape}, }\n`;
const read = (bytes: Uint8Array) => readNpy(bytes, "a.npy");
function refused(bytes: Uint8Array, message: RegExp): void {
  const before = process.memoryUsage().arrayBuffers;
  refuses(() => read(bytes), "DataError", message);
  within(before, 4 * bytes.length);
  try {
    read(bytes);
  } catch (error) {
    oneLine(error, "a.npy");
  }
  plainPrototype();
}

const valid = encodeNpy({ shape: [2, 3], dtype: "<f4", data: Float32Array.of(0, 1.5, -2, 3e38, 1e-45, 7) });

const getters = {
  f4: "getFloat32",
  f8: "getFloat64",
  i1: "getInt8",
  i2: "getInt16",
  i4: "getInt32",
  i8: "getBigInt64",
  u2: "getUint16",
  u4: "getUint32",
  u8: "getBigUint64",
} as const;

/** The header's own words, the values' count, and each value by a DataView. */
function means({ shape, data }: NpyArray, bytes: Uint8Array): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const start = bytes[6] === 1 ? 10 + view.getUint16(8, true) : 12 + view.getUint32(8, true);
  const text = Buffer.from(bytes.subarray(0, start)).toString("latin1");
  equal(shape, JSON.parse(`[${/["']shape["'] *: *\(([^)]*?),? ?\)/.exec(text)?.[1]?.replaceAll("L", "")}]`));
  is(
    shape.reduce((product, n) => product * n, 1),
    data.length,
  );
  const [, order = "", kind = ""] = /["']descr["'] *: *["'](.)(..)["']/.exec(text) ?? [];
  const width = Number(kind[1]);
  is(data.length * width, bytes.length - start);
  const getter = getters[kind as keyof typeof getters];
  const fortran = /["']fortran_order["'] *: *True/.test(text);
  // Only two axes are written in Fortran order.
  const [rows = 1, columns = 1] = shape;
  for (let i = 0; i < data.length; i++) {
    const at = fortran ? Math.floor(i / columns) + rows * (i % columns) : i;
    const byte = bytes[start + at] as number;
    if (kind === "u1" || kind === "b1") is(data[i], kind === "u1" ? byte : Math.min(byte, 1));
    else if (getter !== undefined) {
      ok(Object.is(data[i], Number(view[getter](start + at * width, order !== ">"))), `${kind} at ${i}`);
    }
  }
}

describe("hostile npy", {
  "what NumPy writes is read, by every version": () => {
    equal(read(file(head("(2,)"), 2)), { shape: [2], data: Uint8Array.of(1, 2) });
    equal(read(file(head("(1, 2)"), 2, 2)), { shape: [1, 2], data: Uint8Array.of(1, 2) });
    equal(read(file(head("()"), 1, 3)), { shape: [], data: Uint8Array.of(1) });
  },
  "a header longer than the file, or than NumPy allows": () => {
    const long = file(head("(2,)"), 2);
    long[9] = 255;
    refused(long, /expected a header within \d+ bytes, got one of 65\d+$/);
    const longest = file(head("(2,)"), 2, 2);
    longest.set([255, 255, 255, 255], 8);
    refused(longest, /expected a header within \d+ bytes, got one of 4294967295$/);
    refused(file(`${head("(2,)").trim()}${" ".repeat(11_000)}`, 2), /got one of 11\d+/);
  },
  "10 GB claimed, sizes beyond 2^53, and too many axes": () => {
    refused(file(head("(10737418240,)"), 2), /expected 10737418240 bytes for \[10737418240\] of \|u1, got 2 bytes/);
    refused(file(head("(134217728, 10)", "<f8"), 8), /expected 10737418240 bytes/);
    refused(file(head("(9007199254740993,)"), 1), /expected /);
    refused(file(head(`(${"9".repeat(400)},)`), 1), /expected /);
    refused(file(head("(4503599627370496, 4, 0)")), /expected fewer than 2\^53 values/);
    refused(file(head(`(${"1, ".repeat(65)})`), 1), /expected at most 64 axes, got 65/);
  },
  "a key twice, a key more, a key less, and a key within a string": () => {
    const rest = "'fortran_order': False, 'shape': (2,), }";
    refused(file(`{'descr': '<f4', 'descr': '|u1', ${rest}`, 2), /expected a header with/);
    refused(file(`{'descr': '|u1', 'shape': (1, 2), ${rest}`, 2), /expected a header with/);
    refused(file(`{'x': 1, 'descr': '|u1', ${rest}`, 2), /expected a header with/);
    refused(file(`{'__proto__': 1, 'descr': '|u1', ${rest}`, 2), /expected a header with/);
    refused(file(`{'descr': '|u1', 'fortran_order': False, }`, 2), /expected a header with/);
    refused(file(`{"'descr': '|u1'": 0, ${rest}`, 2), /expected a header with/);
    refused(file(`{'descr': [('a', '|u1')], ${rest}`, 2), /got a structured array/);
  },
  "a shape that is no tuple of whole numbers": () => {
    for (const shape of ["(2)", "2", "[2]", "(2.0,)", "(-2,)", "(1 2)", "(,)", "(2,,)", "(02,)", "(2", "(True,)"]) {
      refused(file(head(shape), 2), /expected a header with/);
    }
  },
  "types that are not read, and orders that are none": () => {
    for (const descr of ["<c8", "|O8", "<U4", "|V1", "<f16", "<f0", "|b2", "<i3"]) {
      refused(file(head("(0,)", descr)), /expected values f2 f4 f8 i1 i2 i4 i8 u1 u2 u4 u8 b1, got "/);
    }
    for (const descr of ["f4", "<f44", "<f4\\n", "__proto__"]) refused(file(head("(0,)", descr)), /expected /);
    refused(file(head("(2,)", "|u1", "0"), 2), /expected a header with/);
  },
  "whole numbers of 8 bytes take no more memory than the file": () => {
    const count = 2 ** 18;
    const bytes = Uint8Array.from([...file(head(`(${count},)`, "<i8"))]);
    const all = new Uint8Array(bytes.length + 8 * count);
    all.set(bytes);
    all.set([7], bytes.length + 8 * (count - 1));
    const before = process.memoryUsage().arrayBuffers;
    const { data } = read(all);
    within(before, 8 * count);
    is(data[count - 1], 7);
    is(data.length, count);
  },
  "trailing bytes, and a file cut anywhere": () => {
    refused(Uint8Array.of(...valid, 0), /expected 24 bytes for \[2, 3\] of <f4, got 25 bytes after the header/);
    for (let length = 0; length < valid.length; length++) refused(valid.subarray(0, length), /^npy: a\.npy: expected/);
  },
  "1000 fuzzed headers are read as what they mean or refused": async () => {
    const word = fc.constantFrom(
      "(2,)",
      "(2, 3)",
      "()",
      "(0, 9)",
      "(-1,)",
      "(10737418240,)",
      `(${"9".repeat(30)},)`,
      "(1,)".repeat(3),
      "(2)",
    );
    const descr = fc.constantFrom("|u1", "<f4", ">f4", "<i8", ">i8", "<f2", "|b1", "<u8", "__proto__", "|O");
    const key = fc.constantFrom("descr", "fortran_order", "shape", "__proto__", "constructor", "x");
    const header = fc.tuple(descr, fc.constantFrom("False", "True", "0"), word, fc.option(key), fc.boolean());
    const files = fc.tuple(header, fc.nat(40), fc.integer({ min: 0, max: 4 })).map(([parts, data, version]) => {
      const [type, order, shape, extra, first] = parts;
      const more = extra === null ? "" : `'${extra}': ${first ? "'|u1'" : "(3,)"}, `;
      return file(
        `{${first ? more : ""}'descr': '${type}', 'fortran_order': ${order}, 'shape': ${shape}, ${first ? "" : more}}`,
        data,
        version,
      );
    });
    // Sizes that fit, so that many are read: the width of each type times the shape's product.
    const types = fc.constantFrom("|u1", "|b1", "|i1", "<f2", "<f4", ">f4", "<f8", ">f8", "<i2", ">i2", ">u2", "<u4");
    const fitting = fc.tuple(types, fc.nat(3), fc.nat(3), fc.constantFrom("False", "True"), fc.constantFrom("", "L"));
    const right = fitting.map(([type, n, m, order, long]) =>
      file(head(`(${n}${long}, ${m})`, type, order), n * m * Number(type[2])),
    );
    const words = ["'descr': '<f8', ", "'__proto__': 1, ", "(", ")", "99999999999", "\n", "{", "'"];
    await fuzz({
      read: readNpy,
      means,
      files: fc.oneof(files, right, damaged(fc.oneof(right, fc.constant(valid)), words)),
      seed: 102,
      times: 3,
      runs: 1000,
    });
  },
});
