import { checkArray } from "../kernels/numbers.ts";
import { kindOf } from "../kernels/options.ts";
import { repeatsTo } from "../tensor/broadcasting.ts";
import { type Call, checkFunction, checkTensor, type Tensor } from "../tensor/engine.ts";
import { add } from "../tensor/ops/elementwise.ts";
import { sumTo } from "../tensor/ops/sum.ts";
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
 * when a cotangent has another shape than the value. Error for tensors of two engines and for an
 * input, a value or a cotangent that was disposed of.
 */
export function valueAndGrad<const I extends readonly Tensor[]>(
  inputs: I,
  f: () => Tensor,
  cotangent?: Tensor,
): { readonly value: Tensor; readonly gradients: { readonly [K in keyof I]: Tensor } } {
  checkArray("valueAndGrad", "inputs", inputs);
  checkFunction("valueAndGrad", "f", f);
  for (const input of inputs) checkTensor("valueAndGrad", "input", input);
  const engine = inputs[0]?.engine;
  if (engine === undefined) throw new RangeError("valueAndGrad: expected at least one input, got none");
  if (inputs.some((input) => input.engine !== engine)) {
    throw new Error("valueAndGrad: expected inputs of one engine, got some of another");
  }
  for (const input of inputs) engine.check("valueAndGrad", "input", input);
  const calls: Call[] = [];
  const active = new Set<Tensor>(inputs);
  const value = engine.listen((call) => {
    if (!Object.values(call.inputs).some((input) => active.has(input))) return;
    active.add(call.output);
    calls.push(call);
  }, f);
  checkTensor("valueAndGrad", "value of f", value);
  if (cotangent !== undefined) checkTensor("valueAndGrad", "cotangent", cotangent);
  if (value.engine !== engine || (cotangent ?? value).engine !== engine) {
    throw new Error("valueAndGrad: expected value and cotangent of the inputs' engine, got one of another");
  }
  engine.check("valueAndGrad", "value of f", value);
  if (cotangent !== undefined) engine.check("valueAndGrad", "cotangent", cotangent);
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
    const gradients = rulesOf(call, dy);
    for (const [name, input] of Object.entries(call.inputs)) {
      if (!active.has(input)) continue;
      const gradient = gradientOf(call, name, gradients[name]);
      if (gradient === undefined) continue;
      const sum = sums.get(input);
      sums.set(input, sum === undefined ? gradient : add(sum, gradient));
    }
  }
  return { value, gradients: inputs.map((x) => sums.get(x) ?? engine.zeros(x.shape)) as { [K in keyof I]: Tensor } };
}

/** The gradients of a call's inputs by name, as functions. TypeError where there is no record. */
function rulesOf(call: Call, dy: Tensor): ReturnType<Call["backward"]> {
  const rules = call.backward(dy);
  if (typeof rules === "object" && rules !== null) return rules;
  throw new TypeError(`${call.name}: expected a record from \`backward\`, got ${kindOf(rules)}`);
}

/**
 * The gradient of one input of a call, summed over the axes that the op repeated; undefined where
 * there is none. TypeError and RangeError
 * where the op's `backward` says nothing of the input, or gives what has not its shape.
 */
function gradientOf({ name: op, inputs, output }: Call, name: string, rule: (() => Tensor) | null | undefined) {
  if (rule === null) return undefined;
  if (rule === undefined) {
    throw new TypeError(
      `${op}: expected a gradient of \`${name}\` from \`backward\`, got none; give null for no gradient`,
    );
  }
  checkFunction(op, `gradient of ${name}`, rule);
  const gradient = rule();
  checkTensor(op, `gradient of ${name}`, gradient);
  const { shape } = inputs[name] as Tensor;
  if (sameShape(gradient.shape, shape)) return gradient;
  if (sameShape(gradient.shape, output.shape) && repeatsTo(shape, output.shape)) return sumTo(gradient, shape);
  throw new RangeError(
    `${op}: expected the gradient of \`${name}\` as ${format(shape)}, got ${format(gradient.shape)}; mend its \`backward\``,
  );
}
