/** Mean [d] and covariance [d, d] of rows [n, d], in float64. */
export function covarianceOf(
  rows: Float32Array,
  d: number,
): { readonly mean: Float64Array; readonly covariance: Float64Array } {
  const count = rows.length / d;
  const mean = new Float64Array(d);
  rows.forEach((v, at) => {
    (mean[at % d] as number) += v / count;
  });
  const covariance = new Float64Array(d * d);
  for (let n = 0; n < count; n++) {
    const x = mean.map((m, i) => (rows[n * d + i] as number) - m);
    for (let i = 0; i < d; i++) {
      for (let j = 0; j < d; j++) {
        (covariance[i * d + j] as number) += ((x[i] as number) * (x[j] as number)) / count;
      }
    }
  }
  return { mean, covariance };
}
