// Systems whose rows are points of the plane, such as mixtures on a ring or a grid: the same
// objectives and the same transport, without pictures.

import { resource } from "../../kernels/dispose.ts";
import { checkOptions } from "../../kernels/options.ts";
import { sample } from "../../ot/extension/extend.ts";
import type { Rule } from "../../ot/extension/rule.ts";
import { createMap } from "../../ot/map/map.ts";
import { points } from "../../ot/points.ts";
import { createProblem } from "../../ot/problem.ts";
import type { SolveOptions } from "../../ot/solver/solution.ts";
import { solve } from "../../ot/solver/solver.ts";
import type { Engine } from "../../tensor/engine.ts";
import { perceptron } from "../networks/perceptron.ts";
import { type GanNetworks, type GanObjective, ganSystem } from "./ganSystem.ts";
import type { GenerativeSystem } from "./system.ts";

/** Sizes of the networks of `planarGan`. */
export interface PlanarOptions {
  /** Dimension of the generator's noise. Default 2. */
  readonly latent?: number;
  /** Units of both hidden layers of both networks. Default 128. */
  readonly hidden?: number;
}

/** A generator and a critic of points [2]: perceptrons with two hidden layers. */
export function planarNetworks(engine: Engine, options: PlanarOptions = {}): GanNetworks {
  checkOptions("planarGan", options, ["latent", "hidden"]);
  const { latent = 2, hidden = 128 } = options;
  if (!(Number.isInteger(latent) && latent >= 1 && Number.isInteger(hidden) && hidden >= 1)) {
    throw new RangeError(`planarGan: expected integers \`latent\` and \`hidden\` from 1, got ${latent} and ${hidden}`);
  }
  return {
    engine,
    latent,
    row: [2],
    generator(random) {
      const network = perceptron(engine, random, [latent, hidden, hidden, 2]);
      return { ...network, freezeBatchNorm: async () => resource({ run: network.run }, () => undefined) };
    },
    critic: (random) => perceptron(engine, random, [2, hidden, hidden, 1]),
  };
}

/** A GAN of points [2] with the objective `ganObjective` or `wganGpObjective`. */
export const planarGan = (engine: Engine, objective: GanObjective, options: PlanarOptions = {}): GenerativeSystem =>
  ganSystem(objective, planarNetworks(engine, options));

/**
 * Transport onto the points themselves: N(0, I) in the plane → T(x), extended by `rule` (default:
 * facet). Of the training options only `seed` and `signal` have an effect; `solving` sets the bound
 * on χ².
 */
export function planarTransport(
  engine: Engine,
  options: { readonly rule?: Rule; readonly solving?: SolveOptions } = {},
): GenerativeSystem {
  checkOptions("planarTransport", options, ["rule", "solving"]);
  const { rule = { name: "facet" }, solving = {} } = options;
  const name = "transport";
  return {
    name,
    async train(rows, { seed, signal }) {
      const targets = points("planarTransport", rows.batch(Uint32Array.from({ length: rows.count }, (_, i) => i)), 2);
      const problem = createProblem(targets);
      const { heights } = await solve(engine, problem, { seed, ...solving, ...(signal && { signal }) });
      await engine.pause(signal);
      const map = createMap(engine, problem, heights);
      return resource(
        {
          name,
          async sample(draw) {
            await engine.pause(draw.signal);
            return (await sample(map, { ...draw, rule })).latents;
          },
        },
        () => map.dispose(),
      );
    },
  };
}
