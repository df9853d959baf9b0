// Digits that nobody wrote: an autoencoder learns 2,000 of MNIST, noise is moved onto its codes.
// Shows trainGenerator, from pictures to one file, and openGenerator, which draws from it.
import { writeFileSync } from "node:fs";
import { encodeGenerator, openGenerator, rgba, trainGenerator } from "brenier/models";
import { encodePng, loadDataset, openGpu } from "brenier/node";

const gpu = await openGpu();
const { train } = await loadDataset("mnist", "data"); // images [28, 28, 1]
const images = { count: 2000, batch: (indices) => train.batch(indices) };
const config = { network: "small", height: 28, width: 28, channels: 1, latent: 32 };
const values = await trainGenerator(gpu, config, images, {
  epochs: 8,
  batch: 50,
  seed: 1,
  chi2: 0.2,
});
const file = encodeGenerator(values);
writeFileSync("generator.safetensors", file);

const generator = await openGenerator(gpu, file);
const drawn = await generator.generate({ count: 48, seed: 2 });
const { data, width, height } = rgba(drawn, { columns: 12, gap: 2 });
const pixels = Uint8Array.from({ length: width * height }, (_, i) => data[4 * i]);
writeFileSync("digits.png", encodePng({ width, height, channels: 1, pixels }));
console.log(drawn.count, "digits,", drawn.width, "×", drawn.height);
await gpu.dispose();
