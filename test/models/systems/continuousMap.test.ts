// Regression of a continuous network on pairs of points.
import * as assert from "uvu/assert";
import { hostRandom } from "../../../src/math/philox.ts";
import { fitContinuousMap } from "../../../src/models/systems/continuousMap.ts";
import { type Points, points } from "../../../src/ot/points.ts";
import { testEngine } from "../../support/device.ts";
import { describe } from "../../support/suite.ts";
import { rejects } from "../../support/throws.ts";

const engine = await testEngine();
const random = hostRandom(7, 0);
const x: Points = points(
  "x",
  Float32Array.from({ length: 1024 }, () => random.normal()),
  2,
);
/** A turn, a stretch and a shift, which a network with ReLU can learn well. */
const turned = (rows: Float32Array): Float32Array<ArrayBuffer> =>
  rows.map((_, at) => {
    const [a, b] = [rows[at - (at % 2)] as number, rows[at - (at % 2) + 1] as number];
    return at % 2 === 0 ? 1 - b : a / 2;
  });
const y: Points = points("y", turned(x.values), 2);
const options = { hidden: 32, epochs: 40, batch: 64, seed: 3, learningRate: 1e-2 };

describe("fitContinuousMap", {
  async "learns a linear map; equal seeds give equal bits; it frees what it held"() {
    const before = engine.memory().inUse;
    const map = await fitContinuousMap(engine, x, y, options);
    const fresh = Float32Array.from({ length: 400 }, () => random.normal());
    const images = await map.at(fresh);
    const expected = turned(fresh);
    const error = Math.sqrt(images.reduce((sum, v, at) => sum + (v - (expected[at] as number)) ** 2, 0) / 200);
    assert.ok(error < 0.1, `${error}`); // images have rms about 1.5
    const again = await fitContinuousMap(engine, x, y, options);
    assert.equal(await again.at(fresh), images);
    map.dispose();
    again.dispose();
    assert.is(engine.memory().inUse, before);
  },

  async "more rows than one block come out in their order"() {
    const map = await fitContinuousMap(engine, x, y, { ...options, epochs: 1 });
    const many = Float32Array.from({ length: 2 * 5000 }, (_, at) => x.values[at % 1024] as number);
    const images = await map.at(many);
    assert.is(images.length, many.length);
    for (const m of [0, 100, 391])
      assert.ok(Math.abs((images[2 * m] as number) - (images[2 * (m + 4608)] as number)) < 1e-5);
    map.dispose();
  },

  async "the map can be evaluated as it is learnt, which changes no bit of it"() {
    const rows = x.values.slice(0, 20);
    const seen: (readonly [step: number, images: Float32Array])[] = [];
    let begun: Parameters<NonNullable<Parameters<typeof fitContinuousMap>[3]["onStart"]>>[0] | undefined;
    const watched = await fitContinuousMap(engine, x, y, {
      ...options,
      epochs: 4,
      onStart(map) {
        begun = map;
      },
      async onStep({ step }) {
        if (begun !== undefined && step % 16 === 0) seen.push([step, await begun.at(rows)]);
      },
    });
    const plain = await fitContinuousMap(engine, x, y, { ...options, epochs: 4 });
    assert.equal(
      seen.map(([step]) => step),
      [0, 16, 32],
    );
    const last = await plain.at(rows);
    assert.equal(seen[2]?.[1], last);
    assert.equal(await watched.at(rows), last);
    assert.not.equal(seen[0]?.[1], last);
    watched.dispose();
    plain.dispose();
  },

  async "refuses what are no pairs of the plane, and no hidden unit"() {
    const line = points("line", new Float32Array(1024), 1);
    await rejects(
      fitContinuousMap(engine, x, line, options),
      "expected as many `x` as `y` in the plane, got [512, 2] and [1024, 1]",
    );
    await rejects(
      fitContinuousMap(engine, x, y, { ...options, hidden: 0 }),
      "expected an integer `hidden` from 1, got 0",
    );
  },
});
