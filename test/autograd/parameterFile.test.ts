import fc from "fast-check";
import * as assert from "uvu/assert";
import { loadParameters, saveParameters } from "../../src/autograd/parameterFile.ts";
import { createParameters, type Parameters } from "../../src/autograd/parameters.ts";
import { decodeSafetensors, encodeSafetensors, type SafeTensor } from "../../src/formats/safetensors.ts";
import { size } from "../../src/tensor/shape.ts";
import { shapes } from "../support/checkOp.ts";
import { testEngine } from "../support/device.ts";
import { describe } from "../support/suite.ts";
import { rejects, throws } from "../support/throws.ts";

const engine = await testEngine();

const filled = (all: Readonly<Record<string, readonly number[]>>, f: (i: number) => number): Parameters =>
  createParameters(
    engine,
    Object.fromEntries(
      Object.entries(all).map(([name, shape]) => {
        return [name, { shape, values: Float32Array.from({ length: size(shape) }, (_, i) => f(i)) }];
      }),
    ),
  );

const bits = async (parameters: Parameters): Promise<Uint32Array> =>
  new Uint32Array((await engine.read(parameters.flat)).buffer);

describe("saved parameters", {
  // Seed 1; exact, also for values that are no numbers.
  "come back bit for bit, by name and whatever their order": () =>
    fc.assert(
      fc.asyncProperty(
        fc.dictionary(fc.stringMatching(/^[a-z]\w{0,6}(\.[wb])?$/), shapes(3, 5), { minKeys: 1, maxKeys: 6 }),
        fc.array(fc.float(), { minLength: 1, maxLength: 9 }),
        async (all, numbers) => {
          using first = filled(all, (i) => numbers[i % numbers.length] as number);
          const bytes = await saveParameters(first, { format: "test" });
          const { tensors, metadata } = decodeSafetensors(bytes, "file");
          assert.equal([...tensors.keys()].sort(), Object.keys(all).sort());
          assert.is(metadata.get("format"), "test");
          for (const [name, { shape }] of tensors) assert.equal(shape, all[name]);
          using second = filled(all, () => 0);
          loadParameters(second, bytes);
          assert.equal(await bits(second), await bits(first));
          using reversed = filled(Object.fromEntries(Object.entries(all).reverse()), () => 0);
          loadParameters(reversed, bytes);
          for (const name of Object.keys(all)) {
            const [a, b] = [reversed.named[name], first.named[name]].map((x) =>
              engine.read(x as NonNullable<typeof x>),
            );
            assert.equal(
              new Uint32Array(((await a) as Float32Array).buffer),
              new Uint32Array(((await b) as Float32Array).buffer),
            );
          }
        },
      ),
      { numRuns: 40, seed: 1, includeErrorInReport: true },
    ),

  async "of other names, shapes and dtypes are refused in one line each, and nothing changes"() {
    using parameters = filled({ w: [2, 3], b: [3] }, (i) => i);
    const before = await bits(parameters);
    const [w, b] = [
      { shape: [2, 3], data: new Float32Array(6) },
      { shape: [3], data: new Float32Array(3) },
    ];
    const cases: (readonly [Readonly<Record<string, SafeTensor>>, string])[] = [
      [{ b }, "net: expected a tensor `w`, got none among b"],
      [{}, "net: expected a tensor `w`, got none among nothing"],
      [{ w, b, v: b }, "net: expected tensors w, b alone, got `v` too"],
      [{ w: { ...w, shape: [3, 2] }, b }, "net: expected `w` as float32 [2, 3], got [3, 2]"],
      [{ w: { ...w, shape: [6] }, b }, "net: expected `w` as float32 [2, 3], got [6]"],
      [
        { w: { shape: [2, 3], data: new Float64Array(6) }, b },
        "net: expected `w` as float32 [2, 3], got [2, 3] of Float64",
      ],
      [{ w, b: { shape: [3], data: new Uint8Array(3) } }, "net: expected `b` as float32 [3], got [3] of Uint8"],
    ];
    for (const [tensors, message] of cases) {
      throws(() => loadParameters(parameters, encodeSafetensors(tensors), "net"), message);
    }
    throws(() => loadParameters(parameters, new Uint8Array(3), "net"), "safetensors: net: expected at least 10 bytes");
    assert.equal(await bits(parameters), before);
    const gone = filled({ w: [1] }, (i) => i);
    gone.dispose();
    await rejects(saveParameters(gone), "read: expected a tensor in use as `tensor`, got [64] that was disposed of");
  },

  "first values are numbers, as many as their shapes have"() {
    const make = (values: unknown, shape: unknown) => () =>
      createParameters(engine, { w: { shape: shape as number[], values: values as number[] } });
    throws(make([1, 2], [3]), "createParameters: expected 3 values for `w`, got 2");
    throws(make([[1, 2]], [2]), "createParameters: w: expected numbers, got an array at 0");
    throws(make([1], 1), "createParameters: w: expected a shape as an array of lengths, got 1");
    throws(() => createParameters(engine, {}), "createParameters: expected at least one parameter, got none");
  },
});
