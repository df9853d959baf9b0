// generator.safetensors: what is written is read, and whatever else is read is refused in one line.
import fc from "fast-check";
import * as assert from "uvu/assert";
import { decodeSafetensors, encodeSafetensors, type SafeTensor } from "../../../src/formats/safetensors.ts";
import { decodeGenerator, encodeGenerator } from "../../../src/models/generator/generatorFile.ts";
import { decodeModel, encodeModel } from "../../../src/models/generator/modelFile.ts";
import { decodeTransport, encodeTransport, type TransportValues } from "../../../src/models/generator/transportFile.ts";
import { targetRows } from "../../../src/ot/map/map.ts";
import { createProblem } from "../../../src/ot/problem.ts";
import { damaged, fuzz, oneLine, plainPrototype, within } from "../../faults/fuzz.ts";
import { generatorOf, wishes } from "../../support/generators.ts";
import { describe } from "../../support/suite.ts";
import { throws } from "../../support/throws.ts";

const rowsOf = ({ problem }: TransportValues): number[] => [...targetRows(problem, [...problem.nu.keys()])];

const sameBytes = (a: Uint8Array, b: Uint8Array): void => assert.is(Buffer.compare(a, b), 0, "other bytes");

/** Heights to the bit; targets and masses up to the rounding of their centring and their sum. */
function sameTransport(got: TransportValues, wanted: TransportValues): void {
  assert.equal(got.heights, wanted.heights);
  assert.is(got.problem.source, wanted.problem.source);
  const [a, b] = [rowsOf(got), rowsOf(wanted)];
  assert.is(a.length, b.length);
  const off = (x: ArrayLike<number>, y: ArrayLike<number>): number =>
    Array.from(x).reduce((most, value, i) => Math.max(most, Math.abs(value - (y[i] as number))), 0);
  assert.ok(off(a, b) <= 1e-6, `targets differ by ${off(a, b)}`);
  assert.ok(off(got.problem.nu, wanted.problem.nu) <= 1e-15);
}

const small = generatorOf({
  config: { height: 4, width: 4, channels: 1, latent: 3 },
  targets: 12,
  seed: 5,
  source: "gaussian",
  rule: "chart",
  labels: 2,
});
const valid = encodeGenerator(small);
const headerEndOf = (bytes: Uint8Array): number =>
  8 + Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true));

const WORDS = ["__proto__", "NaN", "-1", "1e9", "brenier.generator.1", "classOf"];

/** The valid file with other tensors or metadata, and no checksum; undefined takes one away. */
function changed(
  tensors: Readonly<Record<string, SafeTensor | undefined>>,
  metadata: Readonly<Record<string, string | undefined>> = {},
): Uint8Array {
  const file = decodeSafetensors(valid, "valid");
  const merged = <T>(map: ReadonlyMap<string, T>, over: Readonly<Record<string, T | undefined>>): Record<string, T> =>
    Object.fromEntries(
      Object.entries({ ...Object.fromEntries(map), ...over }).filter(
        (entry): entry is [string, T] => entry[1] !== undefined,
      ),
    );
  return encodeSafetensors(merged(file.tensors, tensors), merged(file.metadata, { crc32: undefined, ...metadata }));
}

/** The valid file without a checksum, whose header is read whatever it says. */
const unsealed = changed({});
const headerEnd = headerEndOf(unsealed);

/** A header, and the data of the valid file. */
const withData = (header: Uint8Array): Uint8Array =>
  Uint8Array.from(Buffer.concat([header, unsealed.subarray(headerEnd)]));

describe("generator files", {
  "hold what was written (seed 1, 40 generators; targets to 1e-6, masses to 1e-15, all else to the bit)"() {
    fc.assert(
      fc.property(wishes, (wish) => {
        const values = generatorOf(wish);
        const bytes = encodeGenerator(values);
        const read = decodeGenerator(bytes);
        const { transport, classes = [], config, rule, version } = read;
        const { transport: wanted, classes: wantedClasses = [] } = values;
        assert.equal({ config, rule, version }, { config: values.config, rule: values.rule, version: values.version });
        sameBytes(encodeModel(read), encodeModel(values));
        sameTransport(transport, wanted);
        assert.is(classes.length, wantedClasses.length);
        classes.forEach(({ map, ...each }, k) => {
          const { map: wantedMap, ...wantedEach } = wantedClasses[k] as (typeof classes)[number];
          assert.equal(each, wantedEach);
          sameTransport(map, wantedMap);
        });
        sameBytes(encodeGenerator(values), bytes);
        // An ArrayBuffer serves as well.
        sameBytes(encodeModel(decodeGenerator(bytes.buffer)), encodeModel(values));
        sameBytes(encodeModel(decodeModel(encodeModel(values), values.config)), encodeModel(values));
        sameTransport(decodeTransport(encodeTransport(values.transport), values.config.latent), wanted);
      }),
      { seed: 1, numRuns: 40, includeErrorInReport: true },
    );
  },

  "each byte of the header, flipped and replaced, gives a file of the same meaning or one line (3 changes for each)"() {
    let [fine, refused] = [0, 0];
    for (let at = 0; at < headerEnd; at++) {
      for (const byte of [(valid[at] as number) ^ 1, at < 8 ? 255 : 0x30, 0x7b]) {
        const bytes = unsealed.slice();
        bytes[at] = byte;
        const before = process.memoryUsage().arrayBuffers;
        try {
          decodeGenerator(bytes, "fuzz.file");
          fine++;
        } catch (error) {
          oneLine(error, "fuzz.file");
          refused++;
        }
        within(before, 8 * bytes.length);
      }
    }
    plainPrototype();
    assert.ok(refused > 10 * fine, `${fine} read, ${refused} refused`);
  },

  async "damage of every kind to the header (seed 2, 300 files)"() {
    await fuzz({
      read: (bytes, name) => decodeGenerator(bytes, name),
      means: (value) => {
        assert.is(value.transport.heights.length, value.transport.problem.targets.count);
        assert.ok(value.calibration.sharpening > 0);
      },
      files: fc.oneof(
        { arbitrary: damaged(fc.constant(unsealed.subarray(0, headerEnd)), WORDS).map(withData), weight: 9 },
        fc.constant(unsealed),
      ),
      seed: 2,
      times: 8,
      runs: 300,
    });
  },

  "a bit changed anywhere is told, or changes nothing that is drawn (each byte of the header, each 997th of the data)"() {
    const data = headerEndOf(valid);
    const meant = encodeGenerator(decodeGenerator(valid));
    let refused = 0;
    for (let at = 0; at < valid.length; at += at < data ? 1 : 997) {
      const bytes = valid.slice();
      bytes[at] = (bytes[at] as number) ^ (1 << (at % 8));
      let read: ReturnType<typeof decodeGenerator> | undefined;
      try {
        read = decodeGenerator(bytes, "changed.file");
      } catch (error) {
        oneLine(error, "changed.file");
        refused++;
      }
      if (read !== undefined) {
        assert.ok(at < data, `byte ${at} of the data was not missed`);
        sameBytes(encodeGenerator(read), meant);
      }
    }
    assert.ok(refused > (valid.length - data) / 997);
    const damagedData = valid.slice();
    damagedData[valid.length - 5] = (valid.at(-5) as number) ^ 1;
    throws(() => decodeGenerator(damagedData, "some.file"), "some.file: expected the CRC-32 in its metadata, got ");
    throws(() => decodeGenerator(damagedData, "some.file"), "; copy it again");
  },

  "the checksum is of what a file holds, wherever it has it, and files without one are read"() {
    const { tensors, metadata } = decodeSafetensors(valid, "valid");
    const turned = <T>(map: ReadonlyMap<string, T>) => Object.fromEntries([...map].toReversed());
    const moved = encodeSafetensors(turned(tensors), turned(metadata));
    assert.not.equal(moved, valid);
    const meant = encodeGenerator(decodeGenerator(valid));
    for (const bytes of [moved, unsealed]) sameBytes(encodeGenerator(decodeGenerator(bytes)), meant);
  },

  "a file that was cut anywhere is refused"() {
    for (let length = 0; length < valid.length; length += length < headerEnd ? 97 : 9973) {
      try {
        decodeGenerator(valid.subarray(0, length), "cut.file");
        assert.unreachable(`${length} bytes were read`);
      } catch (error) {
        oneLine(error, "cut.file");
      }
    }
  },

  "what a file lacks, has too many of or asks for is named"() {
    const f64 = (...data: number[]): SafeTensor => ({ shape: [data.length], data: Float64Array.from(data) });
    const model = (config: object): Record<string, string> => ({
      model: JSON.stringify({ ...small.config, ...config }),
    });
    const of = new Uint32Array(12);
    const cases: readonly (readonly [Uint8Array, string])[] = [
      [
        changed({}, { format: "brenier.generator.2" }),
        "expected the format brenier.generator.1, got brenier.generator.2",
      ],
      [changed({}, { format: "brenier.autoencoder.1" }), "got brenier.autoencoder.1; choose a finished run"],
      [changed({}, { model: undefined }), "expected `model` as an object, got null"],
      [changed({}, { model: '{"height":4}, "x": 1' }), "did you mean `model`?"],
      [changed({}, model({ height: 65_536, width: 65_536 })), "expected `dense1.w` as float32 [17179869184, 256]"],
      [changed({}, model({ latent: 4 })), "expected `code.mean` as float32 [4], got [3]"],
      [changed({}, model({ network: "vast" })), "expected `model.network` as small or dcgan"],
      [changed({}, { source: "samples" }), "expected the source gaussian or cube in its metadata, got samples"],
      [changed({}, { rule: undefined }), "rule: expected a name among plain, facet, local, chart, paper"],
      [changed({}, { rule: '{"name":"facet","angle":4}' }), "rule: expected `angle` as a number from 0 to"],
      [changed({}, { rule: '{"name":"facet","angel":1}' }), "did you mean `angle`?"],
      [
        changed({}, { rule: '{"name":"local","neighbours":1e9}' }),
        "expected `neighbours` as a whole number from 1 to 1024",
      ],
      [changed({}, { version: "9".repeat(65) }), "expected a version of at most 64 characters, got 65"],
      [changed({ heights: undefined }), "expected `heights` as float64 [12]"],
      [changed({ heights: f64(...Array(12).fill(Number.NaN)) }), "expected `heights` up to 1e30, got NaN"],
      [changed({ heights: f64(...Array(12).fill(-Infinity)) }), "expected a finite number in `heights`, got none"],
      [changed({ masses: f64(...Array(12).fill(0)) }), "expected masses `nu` with a finite sum above 0, got 0"],
      [changed({ centres: undefined }), "expected a tensor `centres`, got none"],
      [changed({ more: f64(1) }), "expected the tensors of a generator alone, got `more` too"],
      [changed({}, { rule: '{"name":"plain"}' }), "expected the tensors of a generator alone, got `centre"],
      [changed({ classLabels: f64(1, 1) }), "expected `classLabels` in increasing order"],
      [changed({ classShares: f64(0.5, 2) }), "expected `classShares` above 0 up to 1, got 2"],
      [changed({ classOf: { shape: [12], data: of } }), "expected a target of label 10, got none"],
      [changed({ classOf: { shape: [12], data: of.map((_, i) => i) } }), "expected `classOf` below 2, got 2"],
      [changed({ classHeights: undefined }), "expected `classHeights` as float64 [12]"],
    ];
    for (const [bytes, message] of cases) {
      const before = process.memoryUsage().arrayBuffers;
      throws(() => decodeGenerator(bytes, "some.file"), message);
      throws(() => decodeGenerator(bytes, "some.file"), "some.file");
      within(before, 16 * bytes.length);
    }
  },

  "classes of other targets, and targets of another dimension, are not written"() {
    const [first, second] = small.classes as NonNullable<typeof small.classes>;
    assert.ok(first !== undefined && second !== undefined);
    for (const [classes, message] of [
      [[first, first], "got label 0 twice"],
      [[first, { ...second, members: first.members }], "got label 10 with target 0"],
      [[{ ...first, members: second.members }], "got label 0 with other rows"],
      [[{ ...first, members: first.members.subarray(1) }], "got label 0 with 6 targets of dimension 3"],
    ] as const) {
      throws(
        () => encodeGenerator({ ...small, classes }),
        `encodeGenerator: expected classes of the transport's targets, ${message}`,
      );
    }
    const config = { ...small.config, latent: 2 };
    throws(() => encodeGenerator({ ...small, config }), "expected targets of dimension 2, got 3");
    const { targets } = small.transport.problem;
    const problem = createProblem(targets, { source: { samples: targets } });
    throws(
      () => encodeGenerator({ ...small, classes: [], transport: { ...small.transport, problem } }),
      "encodeGenerator: expected the source gaussian or cube, got samples",
    );
  },
});
