// A program that uses the built library wrongly, each time catching what comes as a value. Run by
// library.test.ts with a channel to its parent, which gets one record a misuse; whatever else it
// says, or an error that nobody caught, is a fault.
import { join } from "node:path";
import { pathToFileURL } from "node:url";

export interface Outcome {
  readonly name: string;
  /** The documented class of the error. */
  readonly documented: string;
  /** The class that came, and "nothing" where none did. */
  readonly kind: string;
  readonly message: string;
}

const built = (entry: string) => import(pathToFileURL(join(process.cwd(), "dist", entry)).href);
const core = (await built("index.js")) as typeof import("../../src/index.ts");
const { add, matmul } = core;
const ot = (await built("ot/index.js")) as typeof import("../../src/ot/index.ts");
const models = (await built("models/index.js")) as typeof import("../../src/models/index.ts");
const { openGpu } = (await built("node.js")) as typeof import("../../src/adapter/openGpu.ts");
const { Cells, createMap, createProblem, points, solve } = ot;

const outcomes: Outcome[] = [];
async function misuse(name: string, documented: string, body: () => unknown): Promise<void> {
  let [kind, message] = ["nothing", ""];
  try {
    await body();
  } catch (error) {
    kind = error instanceof Error ? error.constructor.name : typeof error;
    message = error instanceof Error ? error.message : String(error);
  }
  outcomes.push({ name, documented, kind, message });
}
process.on("unhandledRejection", (reason) => {
  outcomes.push({ name: "an unhandled rejection", documented: "nothing", kind: String(reason), message: "" });
  process.exitCode = 9;
});

const gpu = await openGpu();
const a = gpu.tensor([1, 2], [2]);
const problem = createProblem(points("y", [0, 0, 1, 0, 0, 1], 2));

await misuse("unequal shapes", "RangeError", () => add(a, gpu.tensor([1, 2, 3], [3])));
await misuse("axes that do not fit", "RangeError", () => matmul(a, a));
await misuse("a negative length", "RangeError", () => gpu.zeros([-1]));
await misuse("a length of 10 GB", "RangeError", () => gpu.zeros([2_684_354_560]));
await misuse("too few values", "RangeError", () => gpu.tensor([1], [2]));
await misuse("nested arrays as values", "TypeError", () => gpu.tensor([[1, 2]] as never));
await misuse("text as values", "TypeError", () => gpu.tensor("12" as never));
await misuse("texts among values", "TypeError", () => gpu.tensor(["1", "2"] as never));
await misuse("a shape that is none", "TypeError", () => gpu.zeros(2 as never));
await misuse("an array as an operand", "TypeError", () => matmul(a, [1, 2] as never));
await misuse("an option that there is not", "TypeError", () => core.sum(a, [0], { keep: true } as never));
await misuse("an option of a convolution that there is not", "TypeError", () =>
  core.conv2d(gpu.zeros([1, 3, 3, 1]), gpu.zeros([1, 1, 1, 1]), { dilation: 2 } as never),
);
await misuse("a padding of four numbers", "TypeError", () =>
  core.conv2d(gpu.zeros([1, 3, 3, 1]), gpu.zeros([1, 1, 1, 1]), { padding: [0, 1, 0, 1] } as never),
);
await misuse("an option of a problem that there is not", "TypeError", () =>
  createProblem(points("y", [0, 1], 1), { weights: [1, 1] } as never),
);
await misuse("an option of openGpu that there is not", "TypeError", () => openGpu({ threads: 2 } as never));
await misuse("a kernel without a formula", "Error", () => core.kernel("k", "fn main() {}"));
await misuse("an op without a gradient", "TypeError", () => core.defineOp({ name: "twice" } as never));
await misuse("an axis that is not there", "RangeError", () => core.sum(a, [3]));
await misuse("a kernel larger than its image", "RangeError", () =>
  core.conv2d(gpu.zeros([1, 2, 2, 1]), gpu.zeros([5, 5, 1, 1]), { stride: 1, padding: 0 }),
);
await misuse("a gradient of no scalar", "RangeError", () => core.valueAndGrad([a], () => add(a, a)));
await misuse("an async scope", "TypeError", () => gpu.scope(async () => a));
await misuse("use after free", "Error", () => {
  const x = gpu.tensor([1, 2], [2]);
  x.dispose();
  return add(x, x);
});
await misuse("reading after free", "Error", () => {
  const x = gpu.tensor([1, 2], [2]);
  x.dispose();
  return gpu.read(x);
});
await misuse("a double free", "Error", () => {
  const x = gpu.tensor([1, 2], [2]);
  x.dispose();
  x.dispose();
});
await misuse("NaN among points", "RangeError", () => points("y", [0, Number.NaN], 2));
await misuse("rows that are no points", "RangeError", () => createProblem([[0, 0]] as never));
await misuse("rows in rows", "RangeError", () => points("y", [[0, 0]] as never, 2));
await misuse("points as a problem", "RangeError", () => solve(gpu, problem.targets as never));
await misuse("a negative mass", "RangeError", () => createProblem(problem.targets, { nu: [1, 1, -1] }));
await misuse("NaN heights of a map", "RangeError", () => createMap(gpu, problem, [0, Number.NaN, 0]));
await misuse("NaN heights to start from", "RangeError", () => solve(gpu, problem, { heights: [0, Number.NaN, 0] }));
await misuse("NaN heights of the exact solver", "RangeError", () =>
  ot.solveExact(problem, { heights: [0, Number.NaN, 0] }),
);
await misuse("a chi² that is none", "RangeError", () => solve(gpu, problem, { chi2: Number.NaN }));
await misuse("a recipe of no name", "RangeError", () => solve(gpu, problem, { recipe: "fast" as never }));
await misuse("cells without heights", "Error", () =>
  new Cells(gpu, problem.targets).count({ seed: 1, stream: 0, first: 0, count: 32 }),
);
await misuse("an option of openGpu", "RangeError", () => openGpu({ cpuThreads: -1 }));
for (const byteLimit of [Number.NaN, 0, -1]) {
  await misuse(`a byteLimit of ${byteLimit}`, "RangeError", async () => (await openGpu({ byteLimit })).dispose());
}
await misuse("a family of no name", "RangeError", () => openGpu({ family: "fast" as never }));
await misuse("more workgroups than there are", "RangeError", () => {
  const kernel = {
    name: "k",
    constants: {},
    code: "",
    params: {},
    buffers: { x: "read_write" },
    textures: [],
    dtypes: { x: "f32" },
    flops: () => 0,
  } as const;
  gpu.dispatch({ op: "wide", kernel, buffers: { x: a.buffer }, params: {}, workgroups: [65_536, 1, 1] });
});
await misuse("a hook that throws", "SyntaxError", () => {
  gpu.onCommand = () => {
    throw new SyntaxError("mine");
  };
  try {
    add(a, a);
  } finally {
    gpu.onCommand = undefined;
  }
});
await misuse("images below 4 × 4", "RangeError", () =>
  models.initParameters({ height: 3, width: 9, channels: 1, latent: 2 }, 1),
);
const config = { height: 8, width: 8, channels: 1, latent: 2 };
const model = models.createAutoencoder(gpu, config, models.initParameters(config, 1));
const images = (pixel: number) => ({
  count: 4,
  batch: (i: ArrayLike<number>) => new Float32Array(64 * i.length).fill(pixel),
});
const options = { epochs: 1, batch: 4, seed: 1 };
await misuse("fewer images than a batch", "RangeError", () =>
  models.trainAutoencoder(model, images(0.5), { ...options, batch: 5 }),
);
await misuse("images that throw", "EvalError", () =>
  models.trainAutoencoder(
    model,
    {
      count: 4,
      batch: () => {
        throw new EvalError("mine");
      },
    },
    options,
  ),
);
await misuse("progress that throws", "EvalError", () =>
  models.trainAutoencoder(model, images(0.5), {
    ...options,
    onProgress: () => {
      throw new EvalError("mine");
    },
  }),
);
await misuse("NaN among pixels", "NonFiniteError", () => models.trainAutoencoder(model, images(Number.NaN), options));

const other = await openGpu({ byteLimit: 2 ** 20 });
const small = other;
await misuse("more bytes than the limit", "RangeError", () => small.zeros([2 ** 19]));
await misuse("a tensor of another device", "Error", () => small.read(a));
const lost = small.tensor([1, 2], [2]);
other.device.destroy();
await misuse("a read from a destroyed device", "DeviceLostError", () => small.read(lost));
await misuse("an op on a destroyed device", "DeviceLostError", () => small.read(add(lost, lost)));
await misuse("a solve on a destroyed device", "DeviceLostError", () => solve(other, problem));
await misuse("closing a destroyed device", "DeviceLostError", () => other.dispose());

// Lost in the middle, with downloads under way: every promise of theirs must have somebody who
// waits for it.
for (const [work, at] of [
  ["solve", 20],
  ["solve", 60],
  ["train", 80],
  ["train", 200],
] as const) {
  const doomed = await openGpu();
  let commands = 0;
  doomed.onCommand = () => {
    if (++commands === at) doomed.device.destroy();
  };
  await misuse(`a device destroyed at command ${at} of ${work}`, "DeviceLostError", () => {
    if (work === "solve") return solve(doomed, problem, { chi2: 1e-6 });
    const own = models.createAutoencoder(doomed, config, models.initParameters(config, 1));
    return models.trainAutoencoder(own, images(0.5), { ...options, epochs: 20, every: 1 });
  });
}
await misuse("all of the above leave the first device as it was", "nothing", async () => {
  const [x, y] = await gpu.read(add(a, a));
  if (x !== 2 || y !== 4) throw new Error(`expected 2 and 4, got ${x} and ${y}`);
});
await gpu.dispose();
await misuse("a read after close", "Error", () => gpu.read(a));
await misuse("an op after close", "Error", async () => gpu.read(add(a, a)));
process.send?.(outcomes);
