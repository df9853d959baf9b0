/** Parameters, their gradient, and both moments, all of one length. */
export interface AdamValues {
  readonly gradient: Float64Array;
  readonly theta: Float64Array;
  readonly m: Float64Array;
  readonly v: Float64Array;
}

export interface AdamParams {
  readonly beta1: number;
  readonly beta2: number;
  readonly rate: number;
  readonly epsilon: number;
  readonly decay: number;
}

/**
 * m ← β₁m + (1 − β₁)g, v ← β₂v + (1 − β₂)g², θ ← θ − rate · m / (√v + ε) − decay · θ, with the
 * params rounded to float32: 1 − β₂ differs when β₂ is rounded first.
 */
export function adam({ gradient, theta, m, v }: AdamValues, params: AdamParams): Omit<AdamValues, "gradient"> {
  const [beta1, beta2] = [Math.fround(params.beta1), Math.fround(params.beta2)];
  const [rate, epsilon, decay] = [params.rate, params.epsilon, params.decay].map(Math.fround) as [
    number,
    number,
    number,
  ];
  const mean = m.map((a, i) => beta1 * a + (1 - beta1) * (gradient[i] as number));
  const squares = gradient.map((g) => g * g);
  const square = v.map((b, i) => beta2 * b + (1 - beta2) * (squares[i] as number));
  const next = theta.map((t, i) => {
    const step = (rate * (mean[i] as number)) / (Math.sqrt(square[i] as number) + epsilon);
    return t - step - decay * t;
  });
  return { theta: next, m: mean, v: square };
}
