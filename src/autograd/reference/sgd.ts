/** Parameters, their gradient and their velocity, all of one length. */
export interface SgdValues {
  readonly gradient: Float64Array;
  readonly theta: Float64Array;
  readonly v: Float64Array;
}

export interface SgdParams {
  readonly momentum: number;
  readonly rate: number;
  readonly nesterov: boolean;
}

/**
 * v ← μv + g, θ ← θ − rate · v, or by Nesterov's rule θ ← θ − rate · (g + μv), with the params
 * rounded to float32.
 */
export function sgd({ gradient, theta, v }: SgdValues, params: SgdParams): Omit<SgdValues, "gradient"> {
  const [momentum, rate] = [Math.fround(params.momentum), Math.fround(params.rate)];
  const velocity = v.map((a, i) => momentum * a + (gradient[i] as number));
  const along = params.nesterov ? velocity.map((a, i) => (gradient[i] as number) + momentum * a) : velocity;
  return { theta: theta.map((t, i) => t - rate * (along[i] as number)), v: velocity };
}
