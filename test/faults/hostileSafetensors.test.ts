// safetensors: the row of that name in the table of faults, then fuzzed headers.
import fc from "fast-check";
import { equal, is } from "uvu/assert";
import { decodeSafetensors, encodeSafetensors, type SafeTensors } from "../../src/formats/safetensors.ts";
import { refuses } from "../datasets/fixture.ts";
import { describe } from "../support/suite.ts";
import { damaged, fuzz, oneLine, plainPrototype, within } from "./fuzz.ts";

/** A file with this header, as it is or as JSON, and these bytes of data. */
function file(header: unknown, data: ArrayLike<number> = []): Uint8Array {
  const json = new TextEncoder().encode(typeof header === "string" ? header : JSON.stringify(header));
  const bytes = new Uint8Array(8 + json.length + data.length);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(json.length), true);
  bytes.set(json, 8);
  bytes.set(data, 8 + json.length);
  return bytes;
}

const info = (begin: unknown, end: unknown, shape: unknown, dtype: unknown = "U8") => ({
  dtype,
  shape,
  data_offsets: [begin, end],
});
const one = JSON.stringify(info(0, 1, [1]));
const read = (bytes: Uint8Array) => decodeSafetensors(bytes, "a.st");
function refused(bytes: Uint8Array, message: RegExp): void {
  const before = process.memoryUsage().arrayBuffers;
  refuses(() => read(bytes), "DataError", message);
  within(before, 4 * bytes.length);
  try {
    read(bytes);
  } catch (error) {
    oneLine(error, "a.st");
  }
  plainPrototype();
}

const widths: Readonly<Record<string, number>> = { F64: 8, I64: 8, F32: 4, I32: 4, U32: 4, U8: 1 };

/** Reads the file again by the letter of the format, and compares bytes. */
function means({ tensors, metadata }: SafeTensors, bytes: Uint8Array): void {
  const start = 8 + new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
  const header = JSON.parse(Buffer.from(bytes.subarray(8, start)).toString());
  const { __metadata__: given = {}, ...entries } = header;
  equal(Object.fromEntries(metadata), given);
  equal([...tensors.keys()].sort(), Object.keys(entries).sort());
  let all = 0;
  for (const [name, { shape, data }] of tensors) {
    const { dtype, shape: asked, data_offsets: offsets } = entries[name];
    equal(shape, asked);
    is(data.BYTES_PER_ELEMENT, widths[dtype]);
    is(
      shape.reduce((product, n) => product * n, data.BYTES_PER_ELEMENT),
      data.byteLength,
    );
    const slice = bytes.subarray(start + offsets[0], start + offsets[1]);
    is(Buffer.compare(slice, new Uint8Array(data.buffer, data.byteOffset, data.byteLength)), 0);
    all += data.byteLength;
  }
  is(all, bytes.length - start);
}

const valid = encodeSafetensors(
  {
    "w.a": { shape: [2, 3], data: Float32Array.of(1, 2, 3, 4, 5, 6) },
    b: { shape: [4], data: Uint8Array.of(9, 8, 7, 6) },
    constructor: { shape: [], data: Float64Array.of(Math.E) },
    empty: { shape: [0, 7], data: new Int32Array(0) },
    long: { shape: [2], data: BigInt64Array.of(-1n, 2n ** 62n) },
  },
  { format: "test", note: "{}[]" },
);

describe("hostile safetensors", {
  "a header longer than the file, or than 1 MiB": () => {
    for (const length of [60n, 2n ** 31n, 2n ** 32n + 2n, 2n ** 53n + 1n, 2n ** 63n, 2n ** 64n - 1n]) {
      const bytes = file("{}");
      new DataView(bytes.buffer).setBigUint64(0, length, true);
      refused(bytes, /expected a header of at most 2 bytes, got \d+$/);
    }
    refused(file(`{${" ".repeat(2 ** 20)}}`), /expected a header of at most 1048576 bytes, got 1048578$/);
  },
  "a header that is no JSON, in one line whatever it holds": () => {
    for (const text of ["", "{", "{\n\n,}", '{"a":\u0000}', '{"\u001b[2J": 1,}', "{'a':1}", "[]", "3", "{}\u0000"]) {
      refused(file(text.padEnd(10)), /^safetensors: a\.st: expected a header/);
    }
    refused(file('{"a\\n\\u001b[2J\\u202e":1}'), /`a\\u000a\\u001b\[2J\\u202e`: expected an object in JSON/);
    refused(file({ ["a".repeat(9000)]: 1 }), /^safetensors: a\.st: `a+…a+`: expected an object/);
  },
  "nesting as deep as the header is long": () => {
    const deep = (open: string, close: string) => `${open.repeat(100_000)}0${close.repeat(100_000)}`;
    refused(file(`{"a":${deep("[", "]")}}`), /`a`: expected an object in JSON/);
    refused(file(`{"a":${deep('{"a":', "}")}}`), /`a`: expected no key `a`/);
    const dtype = deep("[", "]");
    refused(file(`{"a":{"dtype":${dtype},"shape":[],"data_offsets":[0,1]}}`, [0]), /`a`: expected a dtype of F64/);
    refused(file(`{"a":{"dtype":"U8","shape":${dtype},"data_offsets":[0,1]}}`, [0]), /`a`: expected whole numbers/);
    refused(file(`{"__metadata__":{"a":${dtype}}}`), /`__metadata__`: expected text for `a`/);
  },
  "a name twice, `__proto__`, `constructor`": () => {
    refused(file(`{"a":${one},"\\u0061":${one}}`, [0]), /expected each name once, got `a` again/);
    refused(file(`{"__metadata__":{"a":"","a":""}}`), /got `a` again/);
    refused(file(`{"__proto__":${one}}`, [0]), /`__proto__` is no name/);
    refused(file(`{"a":{"__proto__":{"dtype":"U8"},"shape":[1],"data_offsets":[0,1]}}`, [0]), /`__proto__` is no name/);
    refused(file(`{"__metadata__":{"__proto__":{"polluted":"1"}}}`), /`__proto__` is no name/);
    const { tensors } = read(file(`{"constructor":${one},"toString":${JSON.stringify(info(1, 2, [1]))}}`, [5, 6]));
    equal(tensors.get("constructor")?.data, Uint8Array.of(5));
    equal(tensors.get("toString")?.data, Uint8Array.of(6));
    is(tensors.get("valueOf"), undefined);
  },
  "offsets that are negative, swapped, past the end, overlapping or with holes": () => {
    const a = (begin: unknown, end: unknown, shape: unknown = [1]) => file({ a: info(begin, end, shape) }, [0, 0]);
    for (const begin of [-1, 0.5, "0", null, [0], 2 ** 53]) refused(a(begin, 1), /`a`: expected whole numbers from 0/);
    refused(a(2, 1), /`a`: expected offsets in order within 2 bytes, got \[2, 1\]/);
    refused(a(0, 3, [3]), /`a`: expected offsets in order within 2 bytes, got \[0, 3\]/);
    refused(a(0, 2 ** 53 - 1, [2 ** 53 - 1]), /within 2 bytes/);
    const two = (first: object, second: object) => file({ a: first, b: second }, [0, 0, 0]);
    refused(two(info(0, 2, [2]), info(1, 3, [2])), /got one at 1: overlap/);
    refused(two(info(0, 3, [3]), info(0, 3, [3])), /got one at 0: overlap/);
    refused(two(info(0, 1, [1]), info(2, 3, [1])), /got one at 2: hole/);
    refused(two(info(1, 2, [1]), info(2, 3, [1])), /at byte 0 of the data, got one at 1: hole/);
    refused(two(info(0, 3, [3]), info(1, 1, [0])), /overlap/);
  },
  "a shape and dtype of another size, 10 GB among them": () => {
    refused(file({ a: info(0, 4, [10 * 2 ** 30]) }, [0, 0, 0, 0]), /expected 10737418240 bytes .*, got 4$/);
    refused(file({ a: info(0, 4, [2 ** 27, 20], "F32") }, [0, 0, 0, 0]), /expected 10737418240 bytes for/);
    refused(file({ a: info(0, 0, [2 ** 40, 2 ** 40, 0]) }), /fewer than 2\^53 values/);
    refused(file({ a: info(0, 3, [1], "F32") }, [0, 0, 0]), /expected 4 bytes for \[1\] of F32, got 3/);
    for (const dtype of ["BF16", "f32", "", "constructor", 3, null, ["U8"], {}])
      refused(file({ a: info(0, 1, [1], dtype) }, [0]), /`a`: expected a dtype of F64, I64, F32, I32, U32, U8, got/);
    refused(file('{"a":{"shape":[1],"data_offsets":[0,1]}}', [0]), /expected a dtype of .*, got none/);
  },
  "sizes that are whole numbers only after rounding": () => {
    for (const size of ["1.0", "1e0", "-0", "0.99999999999999999999"]) {
      refused(
        file(`{"a":{"dtype":"U8","shape":[${size}],"data_offsets":[0,1]}}`, [0]),
        /whole numbers|expected 0 bytes/,
      );
    }
    refused(file(`{"a":{"dtype":"U8","shape":[0],"data_offsets":[0,1e-400]}}`), /whole numbers/);
    equal([...read(file({ "1.5": info(0, 1, [1]), "-3": info(1, 2, [1]) }, [0, 0])).tensors.keys()], ["1.5", "-3"]);
  },
  "100,000 tensors, and as many as a header holds": () => {
    const many = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, i) => [i, info(0, 0, [0])]));
    refused(file(many(100_000)), /expected a header of at most 1048576 bytes/);
    is(read(file(many(18_000))).tensors.size, 18_000);
  },
  "trailing bytes, and a file cut anywhere": () => {
    refused(Uint8Array.of(...valid, 0), /expected \d+ bytes of data, got \d+/);
    for (let length = 0; length < valid.length; length++) refused(valid.subarray(0, length), /^safetensors: a\.st: /);
  },
  "200 fuzzed headers are read as what they mean or refused": async () => {
    const size = fc.constantFrom<unknown>(0, 1, 2, 3, 4, 8, -1, 0.5, 2 ** 31, 2 ** 53, 1e300, "1", null, []);
    const sizes = fc.oneof({ weight: 4, arbitrary: fc.array(fc.nat(4), { maxLength: 3 }) }, fc.array(size), size);
    const loose = fc.record({
      dtype: fc.constantFrom<unknown>("U8", "F32", "I64", "F16", 3, null),
      shape: sizes,
      data_offsets: fc.oneof(fc.tuple(fc.nat(9), fc.nat(9)), sizes),
    });
    // A tensor of n bytes at its place, and now and then a few bytes beside it.
    const near = fc.tuple(fc.nat(4), fc.constantFrom(0, 0, 0, 0, 0, 1, -1));
    const name = fc.constantFrom("a", "b", "c", "__metadata__", "__proto__", "constructor", "", "a\nb");
    const laid = fc.array(fc.tuple(name, near), { maxLength: 4 }).map((parts) => {
      let at = 0;
      const entries = parts.map(([key, [n, slip]]) => {
        const entry = `${JSON.stringify(key)}:${JSON.stringify(info(at + slip, at + n, [n]))}`;
        at += n;
        return entry;
      });
      return file(
        `{${entries.join(",")}}`,
        new Uint8Array(at).map((_, i) => i),
      );
    });
    const wild = fc.tuple(fc.dictionary(name, fc.oneof(loose, fc.jsonValue())), fc.uint8Array({ maxLength: 9 }));
    const words = ['"__proto__":{},', '"constructor":', '"a":1,', "[[[[", "}", "-", "e9", '"w.a"', " "];
    const files = fc.oneof(
      laid,
      wild.map(([header, data]) => file(header, data)),
      damaged(fc.constant(valid), words),
    );
    await fuzz({ read: decodeSafetensors, means, files, seed: 101, times: 4 });
  },
});
