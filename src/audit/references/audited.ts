import type { Call, Engine, Tensor } from "../../tensor/engine.ts";
import type { Values } from "../../tensor/reference/reference.ts";
import { Checker, type Reference, type References, VerifyError } from "./checker.ts";
import { OPS } from "./ops.generated.ts";

/** The result of an audited function. */
export interface Audited<T> {
  readonly result: T;
  /**
   * The values of a tensor, computed in float64 throughout: each op by its reference, from the
   * values that no op made. So gradients, which are made of ops, can be compared with difference
   * quotients without float32's rounding.
   */
  exact(tensor: Tensor): Promise<Float64Array>;
}

/**
 * Runs `f` and compares each op that it applies, including those of gradients, with its reference:
 * from the actual inputs of the op, within the bound for these inputs. The references of this
 * package's ops are known; `references` has those of other ops.
 *
 * @throws VerifyError for an op that differs or has no reference, and for a kernel that is not
 *   among those of the op's row of the table.
 */
export async function audited<T>(engine: Engine, f: () => T, references: References = {}): Promise<Audited<T>> {
  const known = { ...references, ...OPS };
  const calls: Call[] = [];
  const made = new Set<Tensor>();
  const given = new Map<Tensor, () => Promise<ArrayBuffer>>();
  const note = (call: Call): void => {
    for (const input of Object.values(call.inputs)) {
      if (!made.has(input) && !given.has(input)) given.set(input, engine.capture(input.buffer));
    }
    made.add(call.output);
    calls.push(call);
  };
  let stray: string | undefined;
  const report = ({ op, kernels }: { readonly op: string; readonly kernels: readonly string[] }): void => {
    const row = Object.hasOwn(OPS, op) ? OPS[op] : undefined;
    const found = kernels.find((kernel) => kernel !== "copy" && row?.kernels.includes(kernel as never) === false);
    if (found !== undefined) stray ??= `${op}: expected kernels ${row?.kernels.join(", ")}, got ${found}`;
  };
  // The second argument is a queue for running kernels again, which the kernels of ops do not need.
  const checker = new Checker(engine, engine, report, references);
  let result: T;
  try {
    result = engine.listen(note, f);
    await checker.settle();
  } finally {
    checker.dispose();
  }
  if (stray !== undefined) throw new VerifyError(`verify: ${stray}`);
  const values = new Map<Tensor, Float64Array>();
  for (const [tensor, read] of given) values.set(tensor, new Float64Array(new Float32Array(await read())));
  for (const { name, inputs, attributes, output } of calls) {
    const entries = Object.entries(inputs).map(([key, { shape }]): [string, Values] => {
      return [key, { shape, values: values.get(inputs[key] as Tensor) as Float64Array }];
    });
    const row = known[name] as Reference; // else `settle` would have thrown
    values.set(output, row.reference(Object.fromEntries(entries), attributes as never));
  }
  const exact = async (tensor: Tensor) => values.get(tensor) ?? Float64Array.from(await engine.read(tensor));
  return { result, exact };
}
