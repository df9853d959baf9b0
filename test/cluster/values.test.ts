import { isDeepStrictEqual } from "node:util";
import fc from "fast-check";
import * as assert from "uvu/assert";
import {
  Assembly,
  newId,
  piecesOf,
  readAnswer,
  readBlobPiece,
  readNeed,
  readTask,
  readWant,
} from "../../src/cluster/messages.ts";
import { decodeNumbers, decodeValue, encodeValue, type Value } from "../../src/cluster/values.ts";
import { DataError } from "../../src/formats/error.ts";
import { describe } from "../support/suite.ts";
import { throws } from "../support/throws.ts";

const SEED = { seed: 21, numRuns: 300 };
const doubles = fc.oneof(
  fc.float64Array({ maxLength: 40 }),
  fc
    .array(fc.oneof(fc.constant(0), fc.nat(70000), fc.constant(-0), fc.constant(Number.NaN), fc.nat(255)), {
      maxLength: 60,
    })
    .map((all) => Float64Array.from(all)),
  fc.tuple(fc.nat(200), fc.nat(4e9)).map(([at, v]) => {
    const all = new Float64Array(201);
    all[at] = v;
    return all;
  }),
);
const { value: values } = fc.letrec<{ value: Value }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.constant(undefined),
    fc.boolean(),
    fc.double(),
    fc.string({ unit: "grapheme" }),
    fc.uint8Array(),
    fc.uint32Array(),
    fc.float32Array(),
    doubles,
    fc.array(tie("value"), { maxLength: 4 }),
    fc.dictionary(fc.string(), tie("value"), { maxKeys: 4, noNullPrototype: true }),
  ),
}));

describe("values that travel", {
  "come back with every bit"() {
    const isBack = (value: Value): boolean => isDeepStrictEqual(decodeValue(encodeValue(value), 10_000), value);
    fc.assert(fc.property(values, isBack), SEED);
    const floats = Float32Array.of(1, 2, 3);
    const pooled = Buffer.from(encodeValue(floats)); // in memory that it shares with others
    assert.equal(decodeValue(pooled, 0), floats);
    for (const v of [Number.NaN, -0, Number.POSITIVE_INFINITY]) assert.ok(Object.is(decodeValue(encodeValue(v), 0), v));
    const sparse = Float64Array.of(0, 0, 0, 0, 0, 0, 0, 0, -0, 0, 0, 0, 0);
    assert.ok(Object.is((decodeValue(encodeValue(sparse), 13) as Float64Array)[8], -0));
  },

  "take few bytes where they are counts, and where most are 0"() {
    const counts = (most: number): number =>
      encodeValue(Float64Array.from({ length: 1000 }, (_, i) => ((i * most) / 999) | 0)).length;
    assert.is(counts(255), 1005);
    assert.is(counts(65535), 2005);
    assert.is(encodeValue(new Float64Array(1e6).fill(7, 0, 100)).length < 600, true);
  },

  "are read without their zeros where only the others are wanted"() {
    const isSame = (all: Float64Array): boolean => {
      const { length, index, values } = decodeNumbers(encodeValue(all));
      const back = new Float64Array(length);
      for (let n = 0; n < values.length; n++)
        back[index === undefined ? n : (index[n] as number)] = values[n] as number;
      return isDeepStrictEqual(back, all);
    };
    fc.assert(fc.property(doubles, isSame), SEED);
    const few = decodeNumbers(encodeValue(new Float64Array(1e6).fill(7, 0, 100)));
    assert.is(few.values.length + (few.index?.length ?? 0), 200);
  },

  "fail in one way where bytes are hostile, and claim no memory"() {
    const hostile = (bytes: Uint8Array): void => {
      try {
        decodeValue(bytes, 0);
      } catch (error) {
        assert.instance(error, DataError);
      }
      try {
        decodeNumbers(bytes);
      } catch (error) {
        assert.instance(error, DataError);
      }
      for (const read of [readWant, readTask, readNeed, readBlobPiece, readAnswer]) read(bytes);
    };
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), hostile), SEED);
    const cut = fc.tuple(values, fc.nat(), fc.nat(255), fc.nat()).map(([value, at, byte, end]) => {
      const bytes = encodeValue(value);
      bytes[at % bytes.length] = byte;
      return bytes.subarray(0, end % 3 === 0 ? end % bytes.length : bytes.length);
    });
    fc.assert(fc.property(cut, hostile), SEED);
    // A tag, and a length of 2^32 - 1.
    for (let tag = 4; tag < 15; tag++)
      throws(
        () => decodeValue(Uint8Array.of(tag, 255, 255, 255, 255, 0, 0, 0, 0, 11, 0, 0, 0, 0), 1e6),
        "cluster: expected",
      );
    let deep: Value = 1;
    for (let depth = 0; depth < 40; depth++) deep = [deep];
    throws(() => encodeValue(deep), "deep");
    throws(() => encodeValue(null as unknown as Value), "that can travel");
  },

  "are messages only where every field is right"() {
    const need = { digest: "ab".repeat(32), at: 5 };
    assert.equal(readNeed(encodeValue(need)), need);
    for (const wrong of [{ at: -1 }, { at: 0.5 }, { digest: "../../x" }, { more: 1 }, { at: "5" }]) {
      assert.is(readNeed(encodeValue({ ...need, ...wrong } as Value)), undefined);
    }
    const want = { worker: newId(), name: "a", identity: {} };
    assert.equal(readWant(encodeValue(want)), want);
    for (const worker of ["*", ">", "a.b", ""]) assert.is(readWant(encodeValue({ ...want, worker })), undefined);
  },

  "are put together from pieces in their order alone"() {
    const all = Uint8Array.from({ length: 5000 }, (_, i) => i % 251);
    const pieces = [...piecesOf(all, 1424)];
    assert.ok(pieces.length > 10);
    const assembly = new Assembly();
    for (const piece of pieces.slice(0, -1)) {
      assert.is(assembly.take(piece), undefined);
      assert.is(assembly.take(piece), undefined);
      assert.is(assembly.take({ ...piece, at: 4999 }), undefined);
    }
    assert.equal(assembly.take(pieces.at(-1) as never), all);
  },
});
