// The paper's picture of mode mixing: what lies between two codes on both sides of the singular
// set.
import type { Cancellable } from "../../kernels/signal.ts";
import { STREAMS } from "../../math/streams.ts";
import type { Codes } from "../../models/autoencoder/codes.ts";
import { decodeCodes } from "../../models/autoencoder/generator.ts";
import { centredAngle } from "../../ot/map/angles.ts";
import { type TransportMap, targetRows, transport } from "../../ot/map/map.ts";
import { points } from "../../ot/points.ts";
import { COLUMNS, type Samples, spreadSamples } from "./samples.ts";

/** Pairs of codes that are shown. */
const PAIRS = 3;
/** Source points among which they are found. */
const DRAWN = 2000;
/** Lift of the angles, as in the rule `facet`. */
const LIFT = 0.1;

export const MIXING_CAPTION: string =
  "Two rows for each of three pairs of codes, those with the widest angle between their cells among " +
  `${DRAWN} source points and their second best cells. Above: decoded codes on the straight path from ` +
  "one code to the other, which a continuous map must pass. Below: decoded T(x) on a straight path of source points across " +
  "the facet between the two cells, where T jumps.";

/** The rows of `MIXING_CAPTION`, of COLUMNS pictures each. */
export async function mixingRows(
  map: TransportMap,
  { model, calibration }: Pick<Codes, "model" | "calibration">,
  { seed, signal }: { readonly seed: number } & Cancellable,
): Promise<readonly Samples[]> {
  const { problem, cells } = map;
  const d = problem.targets.dimension;
  const rows: Samples[] = [];
  const show = async (codes: Float32Array): Promise<void> => {
    rows.push(spreadSamples(await decodeCodes(model, calibration, codes, { signal }), model.config));
  };
  const draw = { seed, stream: STREAMS.source.generation, first: 0, count: DRAWN };
  const { index, score } = await cells.topK(draw, 2, { signal });
  const { values: x } = await cells.draw(draw, { signal });
  const angle = centredAngle(problem, LIFT);
  const widest = Array.from({ length: DRAWN }, (_, m) => {
    const [i, j] = [index[2 * m] as number, index[2 * m + 1] as number];
    return { m, i, j, angle: angle(i, j) };
  }).sort((a, b) => b.angle - a.angle);
  for (const { m, i, j } of widest) {
    if (rows.length === 2 * PAIRS) break;
    const ends = targetRows(problem, [i, j]);
    const step = Float64Array.from({ length: d }, (_, k) => (ends[k] as number) - (ends[d + k] as number));
    const square = step.reduce((sum, v) => sum + v * v, 0);
    // x − 2 t step is the mirror image of x behind the facet <x, y_i − y_j> + h_i − h_j = 0.
    const t = ((score[2 * m] as number) - (score[2 * m + 1] as number)) / square;
    const between = (from: (k: number) => number, way: (k: number) => number): Float32Array<ArrayBuffer> =>
      Float32Array.from({ length: COLUMNS * d }, (_, at) => {
        const share = Math.floor(at / d) / (COLUMNS - 1);
        return from(at % d) + share * way(at % d);
      });
    const path = between(
      (k) => x[m * d + k] as number,
      (k) => -2 * t * (step[k] as number),
    );
    const { index: crossed, y } = await transport(map, points("path", path, d), { signal });
    // Else a third cell lies between.
    if (crossed.some((cell, n) => cell !== (n < COLUMNS / 2 ? i : j))) continue;
    await show(
      between(
        (k) => ends[k] as number,
        (k) => -(step[k] as number),
      ),
    );
    await show(y);
  }
  return rows;
}
