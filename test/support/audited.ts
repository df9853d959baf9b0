import * as assert from "uvu/assert";
import { Checker } from "../../src/audit/references/checker.ts";
import { OPS } from "../../src/audit/references/ops.generated.ts";
import type { Call, Engine, Tensor } from "../../src/tensor/engine.ts";
import type { Values } from "../../src/tensor/reference/reference.ts";

/** The result of an audited function. */
export interface Audited<T> {
  readonly result: T;
  /**
   * The values of a tensor, computed in float64 throughout: each op by its reference in the table,
   * from the values that no op made. So gradients, which are made of ops, can be compared with
   * difference quotients without float32's rounding.
   */
  exact(tensor: Tensor): Promise<Float64Array>;
}

/**
 * Runs `f` and compares each op that it applies, including those of gradients, with its row in the
 * table, as an audit does: from the actual inputs of the op, within the bound for these inputs. The
 * kernels that the op dispatched must be listed in its row.
 */
export async function audited<T>(engine: Engine, f: () => T): Promise<Audited<T>> {
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
  // The second argument is a queue for running kernels again, which the kernels of ops do not need.
  using checker = new Checker(engine, engine, ({ op, kernels }) => {
    for (const kernel of kernels)
      assert.ok(kernel === "copy" || OPS[op]?.kernels.includes(kernel as never), `${op} runs ${kernel}`);
  });
  const result = engine.listen(note, f);
  await checker.settle();
  const values = new Map<Tensor, Float64Array>();
  for (const [tensor, read] of given) values.set(tensor, new Float64Array(new Float32Array(await read())));
  for (const { name, inputs, attributes, output } of calls) {
    const entries = Object.entries(inputs).map(([key, { shape }]): [string, Values] => {
      return [key, { shape, values: values.get(inputs[key] as Tensor) as Float64Array }];
    });
    const row = OPS[name];
    assert.ok(row !== undefined, `the table has no row of ${name}`);
    values.set(output, row.reference(Object.fromEntries(entries), attributes as never));
  }
  const exact = async (tensor: Tensor) => values.get(tensor) ?? Float64Array.from(await engine.read(tensor));
  return { result, exact };
}
