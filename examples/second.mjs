// Gradients of gradients: the curvature of x³, and the product of a Hessian with a vector.
// Shows that valueAndGrad may stand inside of the function that it differentiates.
import { add, mul, print, slice, square, sub, sum, valueAndGrad } from "brenier";
import { openGpu } from "brenier/node";

const gpu = await openGpu();
const grad = (x, f) => valueAndGrad([x], f).gradients[0];

const x = gpu.tensor([-1, 0.5, 2]);
const slope = () => grad(x, () => sum(mul(x, square(x)))); // 3x²
const curvature = gpu.scope(() => grad(x, () => sum(slope()))); // 6x
console.log(await print(curvature));

// Rosenbrock's function (1 − p₀)² + 100 (p₁ − p₀²)² has the Hessian [[802, −400], [−400, 200]]
// at p = (1, 1). The gradient of ⟨∇f, v⟩ is the Hessian times v, without the matrix.
const [p, v] = [gpu.tensor([1, 1]), gpu.tensor([1, 3])];
const rosenbrock = () => {
  const [p0, p1] = [slice(p, [0], [1]), slice(p, [1], [1])];
  return sum(add(square(sub(1, p0)), mul(100, square(sub(p1, square(p0))))));
};
const product = gpu.scope(() => grad(p, () => sum(mul(grad(p, rosenbrock), v))));
console.log(await print(product));
await gpu.dispose();
