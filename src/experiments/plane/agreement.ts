// Whether the map and the Kantorovich potential of one transport determine each other:
// ∇φ = x − T(x).

import type { Cancellable } from "../../kernels/signal.ts";
import { hypot } from "../../math/elementary.ts";
import { powerOfTwo } from "../../math/float64.ts";
import { STREAMS } from "../../math/streams.ts";
import { depthInCells } from "../../ot/exact/singularSet.ts";
import { type TransportMap, transport } from "../../ot/map/map.ts";
import { kantorovich } from "../../ot/map/potentials.ts";
import { points } from "../../ot/points.ts";
import type { SolvedClusters } from "./clusters.ts";

export interface AgreementOptions extends Cancellable {
  /** Number of source points at which the map is recovered from the potential. */
  readonly points: number;
  /** Number of segments along which the potential is recovered from the map. */
  readonly segments: number;
  /** Number of midpoints of the quadrature on each segment. */
  readonly midpoints: number;
  readonly seed: number;
}

export interface Errors {
  readonly max: number;
  /** Root mean square error. */
  readonly rms: number;
}

export interface Agreement {
  readonly targets: number;
  /** max |w_i − nu_i| / nu_i of the exact cells. */
  readonly mass: number;
  /** Share of the points whose ball of radius STEP lies in one cell. */
  readonly clear: number;
  /** Errors |x − ∇φ(x) − T(x)| at those points. */
  readonly map: Errors;
  /** Errors |φ(x1) − φ(x0) − ∫ (x − T(x)) · dx| along the segments from x0 to x1. */
  readonly potential: Errors;
}

/** Half the distance between the two points of a difference quotient of φ: a power of 2. */
export const STEP: number = powerOfTwo(-6);

/** Measures both directions for a map on the device with the exact heights. */
export async function measureAgreement(
  map: TransportMap,
  { solution }: SolvedClusters,
  options: AgreementOptions,
): Promise<Agreement> {
  const { segments, midpoints, seed, signal } = options;
  const draw = async (first: number, count: number): Promise<Float32Array<ArrayBuffer>> =>
    (await map.cells.assign({ seed, stream: STREAMS.source.inverse, first, count }, ["points"], { signal })).points;

  // Points on a grid of 2⁻¹² keep x ± STEP exact in float32.
  const x = (await draw(0, options.points)).map((v) => Math.round(v * 4096) / 4096);
  const { index, y } = await transport(map, points("agreement", x, 2), { signal });
  const depth = depthInCells(solution.cells, index, x);
  const slope = async (k: 0 | 1): Promise<Float64Array> => {
    const at = (sign: 1 | -1) =>
      kantorovich(
        map,
        points(
          "agreement",
          x.map((v, i) => (i % 2 === k ? v + sign * STEP : v)),
          2,
        ),
        { signal },
      );
    const [after, before] = [await at(1), await at(-1)];
    return after.phi.map((value, m) => (value - (before.phi[m] as number)) / (2 * STEP));
  };
  const slopes = [await slope(0), await slope(1)];
  const clear = Array.from(depth.keys()).filter((m) => (depth[m] as number) > STEP);
  const error = (m: number, k: 0 | 1): number =>
    (x[2 * m + k] as number) - (slopes[k]?.[m] as number) - (y[2 * m + k] as number);
  const mapErrors = clear.map((m) => hypot(error(m, 0), error(m, 1)));

  const ends = await draw(options.points, 2 * segments);
  const { phi } = await kantorovich(map, points("agreement", ends, 2), { signal });
  const potentialErrors: number[] = [];
  for (let s = 0; s < segments; s++) {
    const [ax = 0, ay = 0, bx = 0, by = 0] = ends.subarray(4 * s, 4 * s + 4);
    const [dx, dy] = [(bx - ax) / midpoints, (by - ay) / midpoints];
    const along = new Float32Array(2 * midpoints);
    for (let q = 0; q < midpoints; q++) along.set([ax + (q + 0.5) * dx, ay + (q + 0.5) * dy], 2 * q);
    const { y: to } = await transport(map, points("agreement", along, 2), { signal });
    let integral = 0;
    for (let q = 0; q < midpoints; q++) {
      integral += ((along[2 * q] as number) - (to[2 * q] as number)) * dx;
      integral += ((along[2 * q + 1] as number) - (to[2 * q + 1] as number)) * dy;
    }
    potentialErrors.push(Math.abs((phi[2 * s + 1] as number) - (phi[2 * s] as number) - integral));
  }
  return {
    targets: map.problem.targets.count,
    mass: solution.maxRelativeError,
    clear: clear.length / options.points,
    map: errorsOf(mapErrors),
    potential: errorsOf(potentialErrors),
  };
}

const errorsOf = (errors: readonly number[]): Errors => ({
  max: errors.reduce((most, e) => Math.max(most, e), 0),
  rms: Math.sqrt(errors.reduce((sum, e) => sum + e * e, 0) / errors.length),
});
