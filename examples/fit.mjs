// A fit of y = x · w: two weights from four rows, by the gradients of the mean square error.
// Shows createParameters, valueAndGrad, Adam, and a scope that frees what a step makes.
import { Adam, createParameters, matmul, mse, valueAndGrad } from "brenier";
import { openGpu } from "brenier/node";

const gpu = await openGpu();
const x = gpu.tensor([1, 2, 3, -1, 0, 2, -2, 1], [4, 2]);
const y = matmul(x, gpu.tensor([0.5, -2], [2, 1]));
const parameters = createParameters(gpu, { w: { shape: [2, 1], values: [0, 0] } });
const { w } = parameters.named;
const adam = new Adam(parameters);
for (let step = 0; step < 500; step++) {
  gpu.scope(() => {
    const { gradients } = valueAndGrad([w], () => mse(matmul(x, w), y));
    adam.step(gradients, 0.05);
  });
}
console.log([...(await gpu.read(w))].map((value) => value.toFixed(2)).join(" "));
await gpu.dispose();
