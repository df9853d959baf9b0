// A convolutional network learns 10,000 MNIST digits, then reads the 10,000 test digits.
// Shows layers, pooling, dropout, batches that are gathered by index, AdamW and a schedule.
import * as b from "brenier";
import { convolution, dense, initial, initLayer, layer } from "brenier/models";
import { loadDataset, openGpu } from "brenier/node";

const [count, batch, epochs, classes] = [10_000, 50, 12, 10];
const gpu = await openGpu();
const { train, heldOut } = await loadDataset("mnist", "data"); // images [28, 28, 1]
const tensorOf = (set, images) =>
  gpu.tensor(set.batch([...Array(images).keys()]), [images, 28, 28, 1]);
const images = tensorOf(train, count);
const labels = gpu.tensor(train.labels.subarray(0, count));

const random = b.hostRandom(1, 0); // seed and stream
const first = initial({
  conv1: initLayer(random, [5, 5, 1, 16], 16, 25), // rows, columns, channels in, channels out
  conv2: initLayer(random, [5, 5, 16, 32], 32, 400), // 400 terms in each sum
  dense: initLayer(random, [512, classes], classes, 512),
});
const parameters = b.createParameters(gpu, first);
const layerOf = (name) => layer(parameters.named, name);
function logits(x, drop = (codes) => codes) {
  const small = b.maxPool(convolution(x, layerOf("conv1"), {}, "relu"), 2); // [batch, 12, 12, 16]
  const codes = b.maxPool(convolution(small, layerOf("conv2"), {}, "relu"), 2); // [batch, 4, 4, 32]
  return dense(drop(b.reshape(codes, [x.shape[0], 512])), layerOf("dense"));
}

const adam = new b.AdamW(parameters);
const schedule = b.cosineDecay();
const steps = (epochs * count) / batch;
let order;
for (let step = 0; step < steps; step++) {
  const at = (step * batch) % count;
  if (at === 0) order = random.permutation(count);
  gpu.scope(() => {
    const index = gpu.tensor(order.subarray(at, at + batch));
    const [x, targets] = [b.gather(images, index), b.oneHot(b.gather(labels, index), classes)];
    const drop = (codes) => b.dropout(codes, 0.4, { seed: 2, stream: step });
    const loss = () => b.softmaxCrossEntropy(logits(x, drop), targets);
    adam.minimize(loss, 0.002 * schedule(step, steps));
  });
  gpu.submit();
  await gpu.pause();
}

let right = 0;
const tests = tensorOf(heldOut, heldOut.count);
for (let first = 0; first < heldOut.count; first += 500) {
  const digits = gpu.scope(() => b.argMax(logits(b.slice(tests, [first], [500])), 1));
  for (const [i, digit] of (await gpu.read(digits)).entries()) {
    if (digit === heldOut.labels[first + i]) right++;
  }
  digits.dispose();
}
console.log(`right: ${((100 * right) / heldOut.count).toFixed(2)} %`);
await gpu.dispose();
