// Tensors: how to make them, to compute with them as in NumPy, to read them and to let them go.
// Shows numbers and smaller shapes as operands, axes, truth values, a scope, and who holds memory.
import * as b from "brenier";
import { openGpu } from "brenier/node";

const gpu = await openGpu();
const x = gpu.tensor([3, 1, 2, 6, 5, 4], [2, 3]);
const y = gpu.scope(() => {
  const centred = b.sub(x, b.mean(x, [1], { keepDims: true })); // [2, 3] and [2, 1]
  return b.add(b.mul(centred, 10), gpu.tensor([0.5, 0, -0.5])); // [2, 3] and [3]
});
console.log(await b.print(y));

const facts = gpu.scope(() => ({
  large: b.greater(x, 2.5), // 1 is true, 0 is false
  greatest: b.argMax(x, 1), // indices are whole numbers in float32
  column: b.slice(x, [0, 1], [2, 1]), // where it begins, and its size
  first: b.gather(x, gpu.tensor([0])),
}));
for (const [name, tensor] of Object.entries(facts)) console.log(name, await tensor.toArray());

b.dispose(...Object.values(facts));
const { outside, alive } = gpu.memory();
console.log(outside, "tensors outside of scopes");
for (const { op, shape, count, bytes } of alive) console.log(op, shape, count, "×", bytes, "bytes");
await gpu.dispose();
