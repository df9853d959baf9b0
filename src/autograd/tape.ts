import type { Call, Tensor } from "../tensor/engine.ts";
import { add } from "../tensor/ops/elementwise.ts";
import { format, sameShape, size } from "../tensor/shape.ts";

/**
 * The value of `f` and its gradients with respect to `inputs`, in their order (zeros where an input
 * does not lead to it).
 *
 *   ȳ = cotangent,  x̄ += Σ over the ops that used x of (∂y/∂x)ᵀ ȳ
 *
 * `f` must return a scalar unless `cotangent`, the incoming gradient (same shape as the value), is
 * given. Only ops on a path from an input to the value are differentiated. Backward rules are made
 * of ops themselves, so gradients can be differentiated again. Call it inside `engine.scope`, which
 * frees what was recorded. RangeError when the value is no scalar and no cotangent is given, and
 * when a cotangent has another shape than the value.
 */
export function valueAndGrad<const I extends readonly Tensor[]>(
  inputs: I,
  f: () => Tensor,
  cotangent?: Tensor,
): { readonly value: Tensor; readonly gradients: { readonly [K in keyof I]: Tensor } } {
  const engine = inputs[0]?.engine;
  if (engine === undefined) throw new RangeError("valueAndGrad: expected at least one input, got none");
  if (inputs.some((input) => input.engine !== engine)) {
    throw new Error("valueAndGrad: expected inputs of one engine, got some of another");
  }
  const calls: Call[] = [];
  const active = new Set<Tensor>(inputs);
  const value = engine.listen((call) => {
    if (!Object.values(call.inputs).some((input) => active.has(input))) return;
    active.add(call.output);
    calls.push(call);
  }, f);
  if (cotangent !== undefined && !sameShape(cotangent.shape, value.shape)) {
    throw new RangeError(
      `valueAndGrad: expected a cotangent as ${format(value.shape)}, got ${format(cotangent.shape)}`,
    );
  }
  if (cotangent === undefined && size(value.shape) !== 1) {
    throw new RangeError(`valueAndGrad: expected a scalar, got ${format(value.shape)}; take its sum or mean`);
  }
  const sums = new Map<Tensor, Tensor>([[value, cotangent ?? engine.tensor([1], value.shape)]]);
  for (const call of calls.reverse()) {
    const dy = sums.get(call.output);
    if (dy === undefined) continue; // this op does not lead to the value
    const gradients = call.backward(dy);
    for (const [name, input] of Object.entries(call.inputs)) {
      const gradient = active.has(input) ? gradients[name]?.() : undefined;
      if (gradient === undefined) continue;
      const sum = sums.get(input);
      sums.set(input, sum === undefined ? gradient : add(sum, gradient));
    }
  }
  return { value, gradients: inputs.map((x) => sums.get(x) ?? engine.zeros(x.shape)) as { [K in keyof I]: Tensor } };
}
