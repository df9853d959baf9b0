import fc from "fast-check";
import { equal, is } from "uvu/assert";
import { duplicateKey } from "../../src/formats/duplicateKey.ts";
import { decodeSafetensors, encodeSafetensors, type SafeTensor } from "../../src/formats/safetensors.ts";
import { holds, refuses } from "../datasets/fixture.ts";
import { describe } from "../support/suite.ts";

/** A file with this header, as it is or as JSON, and so many bytes of data. */
function file(header: unknown, dataBytes = 0): Uint8Array {
  const json = Buffer.from(typeof header === "string" ? header : JSON.stringify(header));
  const bytes = new Uint8Array(8 + json.length + dataBytes);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(json.length), true);
  bytes.set(json, 8);
  return bytes;
}

const info = (begin: number, end: number, shape: unknown = [end - begin], dtype = "U8") => ({
  dtype,
  shape,
  data_offsets: [begin, end],
});
const refused = (bytes: Uint8Array, message: RegExp) =>
  refuses(() => decodeSafetensors(bytes, "a.st"), "DataError", message);

const w: SafeTensor = { shape: [2, 1], data: Float32Array.of(1.5, -2) };
const example: Readonly<Record<string, SafeTensor>> = {
  bytes: { shape: [3], data: Uint8Array.of(1, 2, 3) },
  w,
  d: { shape: [], data: Float64Array.of(Math.PI) },
  naïve: { shape: [1], data: BigInt64Array.of(-5n) },
  i: { shape: [1], data: Int32Array.of(-7) },
  u: { shape: [0, 4], data: new Uint32Array(0) },
};

describe("safetensors", {
  "tensors and metadata survive, in the order given": () => {
    const bytes = encodeSafetensors(example, { step: "12", text: '"quoted": {' });
    const { tensors, metadata } = decodeSafetensors(bytes, "a.st");
    equal([...tensors.keys()], Object.keys(example));
    for (const [name, tensor] of Object.entries(example)) equal(tensors.get(name), tensor);
    equal(
      [...metadata],
      [
        ["step", "12"],
        ["text", '"quoted": {'],
      ],
    );
    equal(encodeSafetensors(example, { step: "12", text: '"quoted": {' }), bytes);
  },
  "the layout is the format's: header padded to 8, wide types first": () => {
    const bytes = encodeSafetensors({
      b: { shape: [1], data: Uint8Array.of(9) },
      w: { shape: [1], data: Float32Array.of(1) },
    });
    const length = Number(new DataView(bytes.buffer).getBigUint64(0, true));
    is(length % 8, 0);
    const expected =
      '{"b":{"dtype":"U8","shape":[1],"data_offsets":[4,5]},"w":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}';
    is(Buffer.from(bytes.subarray(8, 8 + length)).toString(), expected.padEnd(length));
    equal([...bytes.subarray(8 + length)], [0, 0, 128, 63, 9]);
  },
  "no tensors at all is a file": () => {
    is(decodeSafetensors(encodeSafetensors({}), "a.st").tensors.size, 0);
  },
  "a Buffer inside a larger pool is read as itself": () => {
    const bytes = encodeSafetensors(example);
    const pool = Buffer.alloc(bytes.length + 3, 255);
    pool.set(bytes, 3);
    equal(decodeSafetensors(pool.subarray(3), "a.st").tensors.get("w"), w);
  },
  "what cannot be read back is not written": () => {
    const data = new Float32Array(4);
    const encode = (name: string, shape: number[]) => () => encodeSafetensors({ [name]: { shape, data } });
    refuses(encode("w", [3]), "RangeError", /`w`: expected a shape of 4 values, got \[3\]/);
    refuses(encode("w", [-2, -2]), "RangeError", /got \[-2, -2\]/);
    refuses(encode("__metadata__", [4]), "RangeError", /`__metadata__` names no tensor/);
    refuses(encode("__proto__", [4]), "RangeError", /`__proto__` names no tensor/);
    refuses(encode("w".repeat(2 ** 20), [4]), "RangeError", /expected a header of at most 1048576 bytes/);
  },
  "lengths that lie are refused": () => {
    refused(new Uint8Array(9), /expected at least 10 bytes, got 9/);
    const huge = file("{}");
    new DataView(huge.buffer).setBigUint64(0, 2n ** 64n - 1n, true);
    refused(huge, /expected a header of at most 2 bytes, got 18446744073709551615/);
    refused(file(`{${" ".repeat(2 ** 20)}}`), /expected a header of at most 1048576 bytes, got 1048578/);
    const many = Array.from({ length: 100_000 }, (_, i) => [`t${i}`, info(0, 0)] as const);
    refused(file(Object.fromEntries(many)), /expected a header of at most 1048576 bytes/);
  },
  "headers that are no strict JSON object are refused": () => {
    refused(file("not JSON"), /expected a header in JSON/);
    refused(file("{}{}"), /expected a header in JSON/);
    refused(file(" {}"), /expected a header that begins with \{/);
    refused(file("[ ]"), /expected a header that begins with \{/);
    refused(file("[".repeat(2 ** 19)), /expected a header in JSON/);
    refused(Uint8Array.of(4, 0, 0, 0, 0, 0, 0, 0, 0x7b, 0xff, 0xfe, 0x7d), /expected a header in JSON/);
    refused(file('{"a":1}'), /`a`: expected an object in JSON/);
  },
  "a name twice, or __proto__, is refused": () => {
    const one = JSON.stringify(info(0, 1));
    refused(file(`{"a":${one},"a":${one}}`, 1), /expected each name once, got `a` again/);
    refused(file(`{"a":${one},"\\u0061" :${one}}`, 1), /got `a` again/);
    refused(file('{"a":{"dtype":"U8","shape":[1],"shape":[1],"data_offsets":[0,1]}}', 1), /got `shape` again/);
    refused(file(`{"__proto__":${one}}`, 1), /`__proto__` is no name/);
    refused(file('{"__metadata__":{"__proto__":"x"}}'), /`__proto__` is no name/);
    is(duplicateKey('{"a":"a","b":{"a":["a","a"]},"c\\"":1}'), undefined);
    is(duplicateKey(`{"a":"${"\\n".repeat(2 ** 19)}","b":1,"b":2}`), "b");
  },
  "offsets that lie are refused": () => {
    refused(file({ a: info(0, 2, [2]) }, 1), /`a`: expected offsets in order within 1 bytes, got \[0, 2\]/);
    refused(file({ a: info(1, 0, [1]) }, 1), /got \[1, 0\]/);
    refused(file({ a: info(-1, 1, [2]) }, 1), /expected whole numbers from 0 as shape and as two data_offsets/);
    refused(file({ a: info(0, 0.5, [1]) }, 1), /expected whole numbers/);
    refused(file({ a: { ...info(0, 1), data_offsets: [0, 1, 1] } }, 1), /expected whole numbers/);
    refused(
      file({ a: info(0, 2), b: info(1, 3) }, 3),
      /expected a tensor at byte 2 of the data, got one at 1: overlap/,
    );
    refused(file({ a: info(0, 1), b: info(2, 3) }, 3), /expected a tensor at byte 1 of the data, got one at 2: hole/);
    refused(file({ a: info(0, 1) }, 2), /expected 1 bytes of data, got 2/);
    refused(file({}, 1), /expected 0 bytes of data, got 1/);
  },
  "shapes and types that lie are refused": () => {
    refused(file({ a: info(0, 4, [2], "F32") }, 4), /`a`: expected 8 bytes for \[2\] of F32, got 4/);
    refused(file({ a: info(0, 0, [2 ** 52, 4, 0]) }), /`a`: expected a shape of fewer than 2\^53 values, got /);
    refused(file({ a: info(0, 1, [-1]) }, 1), /expected whole numbers/);
    refused(file({ a: info(0, 1, "1") }, 1), /expected whole numbers/);
    refused(file({ a: info(0, 2, [1], "BF16") }, 2), /expected a dtype of F64, .*, got "BF16"/);
    refused(file({ a: { ...info(0, 1), more: 1 } }, 1), /`a`: expected no key `more`/);
    refused(file({ __metadata__: { a: 1 } }), /`__metadata__`: expected text for `a`/);
    refused(file({ __metadata__: [] }), /expected an object/);
  },
  "any header is read or refused": () => {
    const size = fc.constantFrom(0, 1, 2, 4, 8, -1, 0.5, 2 ** 53, 2 ** 60, "1", null);
    const entry = fc.record({
      dtype: fc.constantFrom("U8", "F32", "I64", "F16", 3),
      shape: fc.oneof(fc.array(size, { maxLength: 3 }), size),
      data_offsets: fc.oneof(fc.array(size, { maxLength: 3 }), size),
    });
    const name = fc.constantFrom("a", "b", "__metadata__", "constructor", "");
    const header = fc.oneof(fc.dictionary(name, fc.oneof(entry, fc.jsonValue())), fc.jsonValue());
    const damage = fc.tuple(fc.nat(400), fc.nat(255)).map(([at, byte]) => {
      return encodeSafetensors(example, { a: "b" }).map((old, i) => (i === at ? byte : old));
    });
    const bytes = fc.oneof(
      fc.tuple(header, fc.nat(9)).map(([json, data]) => file(json, data)),
      damage,
    );
    fc.assert(
      fc.property(bytes, (hostile) => holds(() => decodeSafetensors(hostile, "fuzz"))),
      { seed: 6, numRuns: 200, includeErrorInReport: true },
    );
  },
});
