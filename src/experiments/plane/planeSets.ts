import { hypot } from "../../math/elementary.ts";
import { drawMixture, MIXTURES, type Mixture, modeScores } from "../../metrics/modes.ts";
import type { Points } from "../../ot/points.ts";
import { CURVES, type Curve, type CurveScores, curveScores, drawCurve, nearestOf } from "./curves.ts";

/**
 * How many parts of a set the rows reach, how well and how evenly. The parts are modes, or pieces
 * of a curve.
 */
export type PlaneScores = CurveScores;

/** A distribution in the plane from which systems get training rows. */
export interface PlaneSet {
  readonly name: "ring" | "grid" | "roll" | "spirals";
  readonly kind: "mixture" | "curve";
  readonly title: string;
  /** The name of a part, and the number of parts. */
  readonly part: string;
  readonly parts: number;
  /** Draws rows at random from the distribution, or evenly over its parts where `even` is set. */
  draw(options: { readonly count: number; readonly seed: number; readonly even?: boolean }): Points;
  score(x: Points): PlaneScores;
  /** Whether a point lies within 3 sd of a centre or of the curve. */
  good(x: number, y: number): boolean;
}

/** Number of pieces of equal length into which a curve is divided. */
const PIECES = 60;

const mixture = (name: "ring" | "grid", title: string, from: Mixture): PlaneSet => ({
  name,
  kind: "mixture",
  title,
  part: "modes",
  parts: from.centres.length,
  draw: (options) => drawMixture(from, options),
  score(x) {
    const { modes, highQuality, reverseKl } = modeScores(x, from);
    return { reached: modes, quality: highQuality, reverseKl };
  },
  good: (x, y) => from.centres.some(([p, q]) => hypot(x - p, y - q) <= 3 * from.sd),
});

const curve = (name: "roll" | "spirals", title: string, from: Curve): PlaneSet => ({
  name,
  kind: "curve",
  title,
  part: "pieces",
  parts: PIECES,
  draw: (options) => drawCurve(from, options),
  score: (x) => curveScores(x, from, PIECES),
  good: (x, y) => nearestOf(from, x, y).distance <= 3 * from.sd,
});

export const PLANE_SETS: readonly PlaneSet[] = [
  mixture("ring", "Ring of 8 Gaussians", MIXTURES.ring),
  mixture("grid", "Grid of 25 Gaussians", MIXTURES.grid),
  curve("roll", "Swiss roll", CURVES.roll),
  curve("spirals", "Three spirals", CURVES.spirals),
];
