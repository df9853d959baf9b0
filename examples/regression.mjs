// Linear regression: the line through six points with the least squares, by gradient descent.
// Shows tensors, parameters, a loss, an optimiser, and the scope that frees what a step makes.
import { add, createParameters, mse, mul, Sgd } from "brenier";
import { openGpu } from "brenier/node";

const gpu = await openGpu();
const [x, y] = [gpu.tensor([0, 1, 2, 3, 4, 5]), gpu.tensor([1.1, 2.9, 5.2, 6.8, 9.1, 10.9])];
const zero = { shape: [], values: [0] };
const parameters = createParameters(gpu, { slope: zero, intercept: zero });
const { slope, intercept } = parameters.named;
const loss = () => mse(add(mul(x, slope), intercept), y);
const sgd = new Sgd(parameters);
for (let step = 0; step < 500; step++) gpu.scope(() => void sgd.minimize(loss, 0.05));
console.log((await slope.toArray()).toFixed(3), (await intercept.toArray()).toFixed(3));
await gpu.dispose();
