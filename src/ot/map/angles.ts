import { atan2 } from "../../math/trigonometric.ts";
import { fullRows } from "../points.ts";
import type { Problem } from "../problem.ts";

/**
 * Angles in radians between the normals (y_i − m, −lift · rms) and (y_j − m, −lift · rms) of the
 * graph of u over two cells, with m the mean of the targets and rms = √(Σ nu |y − m|²). They do not
 * change when the targets are translated or scaled. Lift 1 gives the angle between the two planes
 * of the graph, up to this scale; a small lift gives the angle between the targets as seen from
 * their mean.
 */
export function centredAngle(problem: Problem, lift: number): (i: number, j: number) => number {
  const rows = { values: fullRows(problem.targets), dimension: problem.targets.dimension };
  const last = lift * rootMeanSquare(problem);
  return (i, j) => angleOfRows(rows, i, j, last);
}

/** Rows [count, dimension]. */
interface Rows {
  readonly values: ArrayLike<number>;
  readonly dimension: number;
}

/**
 * The angle between p = (y_i, −last) and q = (y_j, −last) for rows y: the arc tangent of |p × q|
 * and <p, q>. Here |p × q| = |p| |r| with r = (q − p) − p <p, q − p> / |p|², so that small angles
 * keep their digits. 0 where a normal has length 0.
 */
export function angleOfRows({ values, dimension }: Rows, i: number, j: number, last: number): number {
  const [a, b] = [i * dimension, j * dimension];
  let [pp, along] = [last * last, 0]; // <p, q − p>
  for (let k = 0; k < dimension; k++) {
    const [p, q] = [values[a + k] as number, values[b + k] as number];
    pp += p * p;
    along += p * (q - p);
  }
  if (pp === 0) return 0;
  const share = along / pp;
  const down = share * last;
  let square = down * down;
  for (let k = 0; k < dimension; k++) {
    const [p, q] = [values[a + k] as number, values[b + k] as number];
    const r = q - p - share * p;
    square += r * r;
  }
  return atan2(Math.sqrt(pp * square), pp + along);
}

/** √(Σ nu_i |y_i − m|²); 1 when all targets are equal. */
function rootMeanSquare({ targets, nu }: Problem): number {
  const d = targets.dimension;
  const values = fullRows(targets);
  let sum = 0;
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as number;
    sum += (nu[Math.floor(i / d)] as number) * (value * value);
  }
  return sum > 0 ? Math.sqrt(sum) : 1;
}
