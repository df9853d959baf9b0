// Arrays from Python and back: a .npy file of NumPy, and a file of weights in safetensors.
// Shows readNpy, encodeNpy, loadParameters and saveParameters, which take and give bytes.
import { readFileSync, writeFileSync } from "node:fs";
import * as b from "brenier";
import { openGpu } from "brenier/node";

const gpu = await openGpu();
const bytes = (name) => readFileSync(new URL(name, import.meta.url)); // beside this program
const { shape, data } = b.readNpy(bytes("points.npy"), "points.npy");
const points = gpu.tensor(data, shape);
console.log(await b.print(points));

const layer = b.createParameters(gpu, {
  w: { shape: [3, 2], values: new Float32Array(6) },
  b: { shape: [2], values: new Float32Array(2) },
});
b.loadParameters(layer, bytes("layer.safetensors"), "layer.safetensors");
const { w, b: bias } = layer.named;
const y = gpu.scope(() => b.add(b.matmul(points, w), bias));
console.log(await b.print(y));

const array = { shape: y.shape, dtype: "<f4", data: await gpu.read(y) };
writeFileSync("result.npy", b.encodeNpy(array));
writeFileSync("result.safetensors", await b.saveParameters(layer));
await gpu.dispose();
