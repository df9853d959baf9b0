// The whole kind: every type that is read, in both byte orders and both orders of axes, against
// values that are written here byte by byte.
import fc from "fast-check";
import { equal, is, ok } from "uvu/assert";
import { readNpy } from "../../src/formats/npy.ts";
import { refuses } from "../datasets/fixture.ts";
import { describe } from "../support/suite.ts";

interface Kind {
  readonly width: number;
  readonly array: string;
  readonly value: fc.Arbitrary<number>;
  readonly put: (view: DataView, at: number, value: number, little: boolean) => void;
}

const whole = (min: number, max: number) => fc.integer({ min, max });
const safe = Number.MAX_SAFE_INTEGER;
/** A number of 16 bits by the definition: sign, exponent and fraction are drawn apart. */
const half = fc.tuple(fc.constantFrom(1, -1), fc.nat(30), fc.nat(1023)).map(([sign, exponent, fraction]) => {
  return sign * (exponent === 0 ? fraction / 1024 / 2 ** 14 : (1 + fraction / 1024) * 2 ** (exponent - 15));
});
/** The bits of such a number, found by its size. */
function halfBits(value: number): number {
  const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0;
  const size = Math.abs(value);
  if (size < 2 ** -14) return sign | (size * 2 ** 24);
  const exponent = Math.floor(Math.log2(size));
  return sign | ((exponent + 15) << 10) | ((size / 2 ** exponent - 1) * 1024);
}

const KINDS: Readonly<Record<string, Kind>> = {
  f2: { width: 2, array: "Float32Array", value: half, put: (v, at, x, little) => v.setUint16(at, halfBits(x), little) },
  f4: { width: 4, array: "Float32Array", value: fc.float(), put: (v, at, x, little) => v.setFloat32(at, x, little) },
  f8: { width: 8, array: "Float64Array", value: fc.double(), put: (v, at, x, little) => v.setFloat64(at, x, little) },
  i1: { width: 1, array: "Int8Array", value: whole(-128, 127), put: (v, at, x) => v.setInt8(at, x) },
  i2: {
    width: 2,
    array: "Int16Array",
    value: whole(-32768, 32767),
    put: (v, at, x, little) => v.setInt16(at, x, little),
  },
  i4: {
    width: 4,
    array: "Int32Array",
    value: whole(-(2 ** 31), 2 ** 31 - 1),
    put: (v, at, x, little) => v.setInt32(at, x, little),
  },
  i8: {
    width: 8,
    array: "Float64Array",
    value: whole(-safe, safe),
    put: (v, at, x, little) => v.setBigInt64(at, BigInt(x), little),
  },
  u1: { width: 1, array: "Uint8Array", value: whole(0, 255), put: (v, at, x) => v.setUint8(at, x) },
  u2: { width: 2, array: "Uint16Array", value: whole(0, 65535), put: (v, at, x, little) => v.setUint16(at, x, little) },
  u4: {
    width: 4,
    array: "Uint32Array",
    value: whole(0, 2 ** 32 - 1),
    put: (v, at, x, little) => v.setUint32(at, x, little),
  },
  u8: {
    width: 8,
    array: "Float64Array",
    value: whole(0, safe),
    put: (v, at, x, little) => v.setBigUint64(at, BigInt(x), little),
  },
  b1: { width: 1, array: "Uint8Array", value: whole(0, 1), put: (v, at, x) => v.setUint8(at, x) },
};

/** The places of all indices of a shape, in C order, in an array in Fortran order. */
function fortranPlaces(shape: readonly number[]): number[] {
  let places = [0];
  let stride = shape.reduce((product, size) => product * size, 1);
  for (const size of [...shape].reverse()) {
    stride /= size;
    places = Array.from({ length: size }, (_, i) => places.map((place) => place + i * stride)).flat();
  }
  return places;
}

const header = (descr: string, fortran: boolean, shape: readonly number[], quote: string, long: string): string =>
  `{'descr': '${descr}', 'fortran_order': ${fortran ? "True" : "False"}, 'shape': (${shape.map((n) => `${n}${long},`).join(" ")}), }`.replaceAll(
    "'",
    quote,
  );

function file(text: string, data: Uint8Array, version: number): Uint8Array {
  const length = version === 1 ? [text.length & 255, text.length >> 8] : [text.length & 255, text.length >> 8, 0, 0];
  const magic = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];
  return new Uint8Array(Buffer.concat([Buffer.from([...magic, version, 0, ...length]), Buffer.from(text), data]));
}

describe("npy kinds", {
  // Seed 21, 1500 arrays, exact.
  "every type, byte order, order of axes and shape is read to its exact values": () => {
    const arrays = fc
      .record({
        name: fc.constantFrom(...Object.keys(KINDS)),
        little: fc.boolean(),
        native: fc.boolean(),
        fortran: fc.boolean(),
        shape: fc.array(whole(1, 4), { maxLength: 4 }),
        quote: fc.constantFrom("'", '"'),
        long: fc.constantFrom("", "L"),
        version: whole(1, 3),
      })
      .chain((form) => {
        const count = form.shape.reduce((product, size) => product * size, 1);
        const { value } = KINDS[form.name] as Kind;
        return fc.array(value, { minLength: count, maxLength: count }).map((values) => ({ ...form, values }));
      });
    fc.assert(
      fc.property(arrays, ({ name, little, native, fortran, shape, quote, long, version, values }) => {
        const { width, array, put } = KINDS[name] as Kind;
        const data = new Uint8Array(values.length * width);
        const places = fortran ? fortranPlaces(shape) : values.map((_, i) => i);
        values.forEach((value, i) => {
          put(new DataView(data.buffer), (places[i] as number) * width, value, little);
        });
        const order = width === 1 ? "|" : little ? (native ? "=" : "<") : ">";
        const got = readNpy(file(header(`${order}${name}`, fortran, shape, quote, long), data, version), "a.npy");
        equal(got.shape, shape);
        is(got.data.constructor.name, array);
        is(got.data.length, values.length);
        values.forEach((value, i) => {
          ok(Object.is(got.data[i], value), `${name} at ${i}: expected ${value}, got ${got.data[i]}`);
        });
      }),
      { seed: 21, numRuns: 1500, includeErrorInReport: true },
    );
  },
  "all 65,536 numbers of 16 bits": () => {
    const data = new Uint8Array(2 ** 17);
    const view = new DataView(data.buffer);
    for (let bits = 0; bits < 2 ** 16; bits++) view.setUint16(2 * bits, bits, true);
    const { data: got } = readNpy(file(header("<f2", false, [2 ** 16], "'", ""), data, 1), "a.npy");
    for (let bits = 0; bits < 2 ** 16; bits++) {
      const value = got[bits] as number;
      if ((bits & 0x7fff) > 0x7c00) ok(Number.isNaN(value));
      else if ((bits & 0x7fff) === 0x7c00)
        is(value, bits & 0x8000 ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY);
      else is(halfBits(value), bits);
    }
  },
  "integers of 64 bits are read up to 2^53 - 1 and refused beyond": () => {
    const of = (name: string, value: bigint) => {
      const data = new Uint8Array(8);
      new DataView(data.buffer).setBigUint64(0, BigInt.asUintN(64, value), true);
      return file(header(`<${name}`, false, [1], "'", ""), data, 1);
    };
    for (const value of [2n ** 53n - 1n, 1n - 2n ** 53n])
      equal([...readNpy(of("i8", value), "a.npy").data], [Number(value)]);
    for (const value of [2n ** 53n, -(2n ** 53n), 2n ** 63n - 1n, -(2n ** 63n)]) {
      refuses(() => readNpy(of("i8", value), "a.npy"), "DataError", new RegExp(`got ${value} at index 0$`));
    }
    for (const value of [2n ** 53n, 2n ** 63n, 2n ** 64n - 1n]) {
      refuses(() => readNpy(of("u8", value), "a.npy"), "DataError", new RegExp(`got ${value} at index 0$`));
    }
  },
});
