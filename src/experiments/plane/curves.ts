import { hypot } from "../../math/elementary.ts";
import { hostRandom } from "../../math/philox.ts";
import { STREAMS } from "../../math/streams.ts";
import { cos, sin } from "../../math/trigonometric.ts";
import { klFromEqual } from "../../metrics/modes.ts";
import type { Points } from "../../ot/points.ts";

type Segment = readonly [ax: number, ay: number, bx: number, by: number];

/** Points spread evenly along arms in the plane, with round Gaussian noise. */
export interface Curve {
  /** The segments of all arms, one arm after the other. */
  readonly segments: readonly Segment[];
  /** Length of the curve up to the end of each segment. */
  readonly lengths: readonly number[];
  /** Standard deviation of the noise. */
  readonly sd: number;
}

/**
 * An arm whose radius goes from `from` to `to` in proportion to the angle, which goes from `first`
 * to `last`.
 */
interface Spiral {
  readonly first: number;
  readonly last: number;
  readonly from: number;
  readonly to: number;
}

const SEGMENTS = 300;

function segmentsOf({ first, last, from, to }: Spiral): readonly Segment[] {
  const corner = (k: number): readonly [number, number] => {
    const share = k / SEGMENTS;
    const [angle, radius] = [first + share * (last - first), from + share * (to - from)];
    return [radius * cos(angle), radius * sin(angle)];
  };
  return Array.from({ length: SEGMENTS }, (_, k) => [...corner(k), ...corner(k + 1)] as const);
}

function curve(spirals: readonly Spiral[], sd: number): Curve {
  const segments = spirals.flatMap(segmentsOf);
  let sum = 0;
  const lengths = segments.map(([ax, ay, bx, by]) => {
    sum += hypot(bx - ax, by - ay);
    return sum;
  });
  return { segments, lengths, sd };
}

/** The curves of the experiment, within the circle of radius 1. */
export const CURVES: { readonly roll: Curve; readonly spirals: Curve } = {
  /**
   * The section of a Swiss roll: one and a half turns, with the radius in proportion to the angle.
   */
  roll: curve([{ first: 1.5 * Math.PI, last: 4.5 * Math.PI, from: 1 / 3, to: 1 }], 0.02),
  /** Three spiral arms of three quarters of a turn. */
  spirals: curve(
    [0, 1, 2].map((k) => {
      const first = (2 * Math.PI * k) / 3;
      return { first, last: first + 1.5 * Math.PI, from: 0.15, to: 1 };
    }),
    0.02,
  ),
};

export interface CurveScores {
  /** Number of the equal pieces of the curve that have a row within 3 sd. */
  readonly reached: number;
  /**
   * Share of rows within 3 sd of the curve; erf(3 / √2) = .9973 for its own rows where it is
   * straight.
   */
  readonly quality: number;
  /**
   * KL(w ‖ equal shares), in nats, of the shares w of rows nearest to each piece. It is about
   * (pieces − 1)/(2N) for N rows of the curve itself.
   */
  readonly reverseKl: number;
}

/**
 * Scores how many of `pieces` of equal length the rows of points in the plane reach, how well and
 * how evenly.
 */
export function curveScores(x: Points, of: Curve, pieces: number): CurveScores {
  const whole = of.lengths.at(-1) as number;
  const counts = new Float64Array(pieces);
  const reached = new Set<number>();
  let good = 0;
  for (let m = 0; m < x.count; m++) {
    const { distance, along } = nearestOf(of, x.values[2 * m] as number, x.values[2 * m + 1] as number);
    const piece = Math.min(pieces - 1, Math.floor((pieces * along) / whole));
    (counts[piece] as number) += 1;
    if (!(distance <= 3 * of.sd)) continue;
    good++;
    reached.add(piece);
  }
  return { reached: reached.size, quality: good / x.count, reverseKl: klFromEqual(counts) };
}

/** The distance of a point from the curve, and the length along the curve to the nearest place. */
export function nearestOf(
  { segments, lengths }: Curve,
  x: number,
  y: number,
): { readonly distance: number; readonly along: number } {
  let [least, along] = [Number.POSITIVE_INFINITY, 0];
  for (let k = 0; k < segments.length; k++) {
    const [ax, ay, bx, by] = segments[k] as Segment;
    const [dx, dy] = [bx - ax, by - ay];
    const share = Math.max(0, Math.min(1, ((x - ax) * dx + (y - ay) * dy) / (dx * dx + dy * dy)));
    const [p, q] = [ax + share * dx - x, ay + share * dy - y];
    const square = p * p + q * q;
    if (square >= least) continue;
    const before = k === 0 ? 0 : (lengths[k - 1] as number);
    [least, along] = [square, before + share * ((lengths[k] as number) - before)];
  }
  return { distance: Math.sqrt(least), along };
}

/**
 * Draws `count` rows of a curve. The place of row i is uniform on the curve, or uniform on the i-th
 * of `count` equal pieces where `even` is set.
 */
export function drawCurve(
  { segments, lengths, sd }: Curve,
  { count, seed, even = false }: { readonly count: number; readonly seed: number; readonly even?: boolean },
): Points {
  const random = hostRandom(seed, STREAMS.host.curveRows);
  const whole = lengths.at(-1) as number;
  const values = new Float32Array(2 * count);
  for (let i = 0; i < count; i++) {
    const along = whole * (even ? (i + random.uniform()) / count : random.uniform());
    const found = lengths.findIndex((end) => end > along);
    const at = found < 0 ? lengths.length - 1 : found;
    const before = at === 0 ? 0 : (lengths[at - 1] as number);
    const [ax, ay, bx, by] = segments[at] as Segment;
    const share = (along - before) / ((lengths[at] as number) - before);
    values[2 * i] = ax + share * (bx - ax) + sd * random.normal();
    values[2 * i + 1] = ay + share * (by - ay) + sd * random.normal();
  }
  return { values, count, dimension: 2 };
}
