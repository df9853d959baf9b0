// Small generators of random numbers, for tests of files and draws.
import fc from "fast-check";
import { hostRandom } from "../../src/math/philox.ts";
import { initParameters } from "../../src/models/autoencoder/autoencoder.ts";
import type { MomentValues } from "../../src/models/autoencoder/calibrate.ts";
import type { ClassValues } from "../../src/models/generator/classesFile.ts";
import type { GeneratorValues } from "../../src/models/generator/generatorFile.ts";
import { type AutoencoderConfig, autoencoderLayers } from "../../src/models/networks/networks.ts";
import type { Rule } from "../../src/ot/extension/rule.ts";
import { pick, points } from "../../src/ot/points.ts";
import { createProblem } from "../../src/ot/problem.ts";
import type { Density } from "../../src/ot/source.ts";

export interface GeneratorWish {
  readonly config: AutoencoderConfig;
  readonly targets: number;
  readonly seed: number;
  readonly source: Density;
  readonly rule: Rule["name"];
  /** Number of labels; 0 for no class maps. */
  readonly labels: number;
}

/** A generator of random numbers; the weights are those that a training starts from. */
export function generatorOf({ config, targets: count, seed, source, rule, labels }: GeneratorWish): GeneratorValues {
  const random = hostRandom(seed, 0);
  const { latent } = config;
  const numbers = (length: number): number[] => Array.from({ length }, () => random.normal());
  const momentsOf = (length: number): MomentValues => ({
    mean: Float32Array.from(numbers(length)),
    variance: Float32Array.from(numbers(length), (v) => 0.5 + v * v),
  });
  const rows = points("rows", Float32Array.from(numbers(count * latent)), latent);
  const heights = (length: number): Float64Array => Float64Array.from(numbers(length), (h) => h / 10);
  const masses = (length: number): number[] => numbers(length).map((v) => 0.1 + v * v);
  const layers = Object.entries(autoencoderLayers(config)).filter(([, { normalised }]) => normalised);
  const centres = { centres: Float32Array.from(numbers(count * latent)), counts: new Float64Array(count).fill(40) };
  const rules: Readonly<Record<Rule["name"], Rule>> = {
    plain: { name: "plain" },
    facet: { name: "facet", angle: 1.5, cells: 5, lift: 0.2 },
    local: { name: "local", neighbours: 3, spread: 0.5, seed: 7 },
    chart: { name: "chart", centres, neighbours: 3 },
    paper: { name: "paper", centres, angle: 0.7 },
  };
  const classes = Array.from({ length: labels }, (_, label): ClassValues => {
    const members = Uint32Array.from({ length: count }, (_, i) => i).filter((i) => i % labels === label);
    const problem = createProblem(pick(rows, [...members]), { nu: masses(members.length), source });
    return { label: 10 * label, members, mass: 1 / labels, map: { problem, heights: heights(members.length) } };
  });
  return {
    config: { ...config }, // arbitrary records may have no prototype
    parameters: initParameters(config, seed),
    calibration: {
      ...momentsOf(latent),
      layers: Object.fromEntries(layers.map(([name, { outputs }]) => [name, momentsOf(outputs)])),
      sharpening: Math.fround(1.25),
    },
    transport: { problem: createProblem(rows, { nu: masses(count), source }), heights: heights(count) },
    rule: rules[rule],
    ...(labels > 0 && { classes }),
    version: "0.0.1",
  };
}

/** Wishes with each kind of rule, with and without labels, of both networks. */
export const wishes: fc.Arbitrary<GeneratorWish> = fc.record({
  config: fc.oneof(
    fc.record({
      height: fc.integer({ min: 4, max: 6 }),
      width: fc.integer({ min: 4, max: 6 }),
      channels: fc.constantFrom(1, 3),
      latent: fc.integer({ min: 1, max: 9 }),
    }),
    fc.record({
      height: fc.constant(8),
      width: fc.constant(8),
      channels: fc.constant(1),
      latent: fc.integer({ min: 1, max: 5 }),
      network: fc.constant("dcgan" as const),
    }),
  ),
  targets: fc.integer({ min: 4, max: 40 }),
  seed: fc.nat(1e6),
  source: fc.constantFrom("gaussian", "cube"),
  rule: fc.constantFrom("plain", "facet", "local", "chart", "paper"),
  labels: fc.constantFrom(0, 0, 1, 3),
});
