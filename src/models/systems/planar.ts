// Systems whose rows are points of the plane, such as mixtures on a ring or a grid: the same games
// and the same transport, without pictures.
import { resource } from "../../kernels/dispose.ts";
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

export interface PlanarOptions {
  /** Dimension of the generator's noise. Default 2. */
  readonly latent?: number;
  /** Units of both hidden layers of both players. Default 128. */
  readonly hidden?: number;
}

/** A game (`ganGame`, `wganGpGame`) about points [2] between perceptrons with two hidden layers. */
export function planarGan(
  engine: Engine,
  game: GanObjective,
  { latent = 2, hidden = 128 }: PlanarOptions = {},
): GenerativeSystem {
  if (!(Number.isInteger(latent) && latent >= 1 && Number.isInteger(hidden) && hidden >= 1)) {
    throw new RangeError(`planarGan: expected integers \`latent\` and \`hidden\` from 1, got ${latent} and ${hidden}`);
  }
  const arena: GanNetworks = {
    ...{ engine, latent, row: [2] },
    generator(random) {
      const player = perceptron(engine, random, latent, hidden, 2);
      return { ...player, freezeBatchNorm: () => resource({ run: player.run }, () => undefined) };
    },
    critic: (random) => perceptron(engine, random, 2, hidden, 1),
  };
  return ganSystem(game, arena);
}

/**
 * Transport onto the points themselves: N(0, I) in the plane → T(x), extended by `rule` (default:
 * facet). Of a training's options only `seed` has a meaning; χ² is bounded by `solving`.
 */
export function planarTransport(
  engine: Engine,
  { rule = { name: "facet" }, solving = {} }: { readonly rule?: Rule; readonly solving?: SolveOptions } = {},
): GenerativeSystem {
  const name = "transport";
  return {
    name,
    async train(rows, { seed }) {
      const targets = points("planarTransport", rows.batch(Uint32Array.from({ length: rows.count }, (_, i) => i)), 2);
      const problem = createProblem(targets);
      const { heights } = await solve(engine, problem, { seed, ...solving });
      const map = createMap(engine, problem, heights);
      return resource(
        {
          name,
          sample: async (draw) => (await sample(map, { ...draw, rule })).latents,
        },
        () => map.dispose(),
      );
    },
  };
}
