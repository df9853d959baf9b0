import type { Problem } from "./problem.ts";

/**
 * Angles in radians between the normals (y_i − m, −lift · rms) and (y_j − m, −lift · rms) of the graph of u over two cells, with m the targets'
 * centre and rms = √(Σ nu |y − m|²): they stay the same when targets are shifted or scaled. A small lift gives the angles between
 * targets as seen from their centre.
 */
export function centredAngle(problem: Problem, lift: number): (i: number, j: number) => number {
  const { values, dimension } = problem.targets;
  const last = lift * rootMeanSquare(problem);
  return (i, j) => angleOfRows(values, i * dimension, j * dimension, dimension, last);
}

/** The angle between (a, −last) and (b, −last) for rows of `dimension` values from a and b on. */
export function angleOfRows(values: ArrayLike<number>, a: number, b: number, dimension: number, last: number): number {
  let [ab, aa, bb] = [last * last, last * last, last * last];
  for (let k = 0; k < dimension; k++) {
    const [p, q] = [values[a + k] as number, values[b + k] as number];
    ab += p * q;
    aa += p * p;
    bb += q * q;
  }
  return Math.acos(Math.min(1, Math.max(-1, ab / Math.sqrt(aa * bb))));
}

/** √(Σ nu_i |y_i − m|²); 1 when all targets are equal. */
function rootMeanSquare({ targets: { values, dimension: d }, nu }: Problem): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += (nu[Math.floor(i / d)] as number) * (values[i] as number) ** 2;
  return sum > 0 ? Math.sqrt(sum) : 1;
}
