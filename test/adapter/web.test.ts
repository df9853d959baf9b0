// `openGpu` of `brenier/web`, on a `navigator.gpu` that is Dawn's. test/runtimes runs it in the
// browsers themselves.

import * as assert from "uvu/assert";
import { create } from "webgpu";
import { AdapterError } from "../../src/adapter/opened.ts";
import { adviceFor } from "../../src/adapter/web/advice.ts";
import { type OpenOptions, openGpu } from "../../src/adapter/web/openGpu.ts";
import { localTunings } from "../../src/adapter/web/store.ts";
import { DeviceLostError, Gpu } from "../../src/kernels/gpu.ts";
import { Engine } from "../../src/tensor/engine.ts";
import { matmul } from "../../src/tensor/ops/product/matmul.ts";
import { describe } from "../support/suite.ts";
import { rejects, throws } from "../support/throws.ts";

const dawn = create([]);
process.once("exit", () => dawn.wgslLanguageFeatures); // keeps it reachable until then

/** The global object for the time of `f`, with a navigator and a store like a browser's. */
async function within<T>(parts: Readonly<Record<string, unknown>>, f: () => Promise<T>): Promise<T> {
  const before = Object.keys(parts).map((name) => [name, Object.getOwnPropertyDescriptor(globalThis, name)] as const);
  for (const [name, value] of Object.entries(parts)) {
    Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
  }
  try {
    return await f();
  } finally {
    for (const [name, own] of before) {
      Reflect.deleteProperty(globalThis, name);
      if (own !== undefined) Object.defineProperty(globalThis, name, own);
    }
  }
}

/** A GPU whose adapters are Dawn's after `change`. */
const gpuWith = (change: (adapter: GPUAdapter) => GPUAdapter | null): object => ({
  requestAdapter: async () => change((await dawn.requestAdapter()) as GPUAdapter),
});

const open = (options: OpenOptions = {}, gpu: object = gpuWith((adapter) => adapter)) =>
  within({ navigator: { gpu, userAgent: "Firefox/153.0" } }, () => openGpu(options));

/** An adapter with other words about itself, or other devices. */
const like = (
  adapter: GPUAdapter,
  info: Readonly<Record<string, unknown>> | undefined,
  change: (device: GPUDevice) => void = () => undefined,
): GPUAdapter =>
  ({
    info,
    features: adapter.features,
    limits: adapter.limits,
    async requestDevice(descriptor?: GPUDeviceDescriptor) {
      const device = await adapter.requestDevice(descriptor);
      change(device);
      return device;
    },
  }) as unknown as GPUAdapter;

const card = gpuWith((adapter) => like(adapter, { vendor: "maker", architecture: "seven", isFallbackAdapter: false }));

/**
 * A device that looks for finished work every 50 ms and at each submission, as Firefox's does, or
 * at its own times only; `empty` counts submissions of nothing.
 */
function slow(nudged: boolean) {
  const seen = { empty: 0 };
  const gpu = gpuWith((adapter) =>
    like(adapter, { description: "lavapipe" }, (device) => {
      let look = (): void => undefined;
      const make = device.createBuffer.bind(device);
      device.createBuffer = (descriptor) => {
        const buffer = make(descriptor);
        const map = buffer.mapAsync.bind(buffer);
        buffer.mapAsync = async (...all) => {
          await map(...all);
          await new Promise<void>((resolve) => {
            look = resolve;
            setTimeout(resolve, 50);
          });
        };
        return buffer;
      };
      const submit = device.queue.submit.bind(device.queue);
      device.queue.submit = (list) => {
        submit(list);
        if ([...list].length > 0) return;
        seen.empty++;
        if (nudged) look();
      };
    }),
  );
  return { gpu, seen };
}

/** Some products on an engine. */
async function product(gpu: Engine): Promise<number[]> {
  const x = gpu.tensor(
    Array.from({ length: 64 }, (_, i) => 1 / (i + 1)),
    [8, 8],
  );
  return [...(await gpu.read(matmul(x, matmul(x, x))))];
}

describe("openGpu of brenier/web", {
  async "opens what Node opens: features, limits, kernels, values"() {
    const gpu = await open();
    const adapter = (await dawn.requestAdapter()) as GPUAdapter;
    assert.is(gpu.limits.maxStorageBufferBindingSize, adapter.limits.maxStorageBufferBindingSize);
    assert.is(gpu.limits.maxBufferSize, adapter.limits.maxBufferSize);
    for (const feature of ["subgroups", "timestamp-query"]) {
      assert.is(gpu.features.has(feature), adapter.features.has(feature as GPUFeatureName));
    }
    assert.is(gpu.choice.by, gpu.adapter.cpu ? "adapter" : "measurement");
    assert.is(gpu.cachePath, undefined);
    assert.equal(await product(gpu), await product(gpu.queue()));
    await gpu.pause();
    await gpu.dispose();
  },

  async "says what to do in each runtime"() {
    const firefox = { userAgent: "Mozilla/5.0 (X11; Linux x86_64; rv:153.0) Gecko/20100101 Firefox/153.0" };
    await within({ navigator: firefox }, () =>
      rejects(openGpu(), "adapter: expected `navigator.gpu`, got none; update Firefox, or set `dom.webgpu.enabled`"),
    );
    await within({ navigator: undefined }, () => rejects(openGpu(), "got none; take a runtime with WebGPU"));
    await within({ navigator: firefox, isSecureContext: false }, () => rejects(openGpu(), "serve the page by https"));
    const none = gpuWith(() => null);
    await rejects(open({}, none), "adapter: expected a WebGPU adapter, got none; see about:support");
    const error = await open({}, none).catch((reason: unknown) => reason);
    assert.ok(error instanceof AdapterError);
    const chrome = "AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0";
    for (const [userAgent, without, webgpu] of [
      ["Deno/2.9.6", "Deno 2.9", "install a Vulkan driver"],
      ["Bun/1.4.5", "brenier/node", "brenier/node"],
      ["Node.js/24", "brenier/node", "brenier/node"],
      [`Mozilla/5.0 (X11; Linux x86_64) ${chrome} Safari/537.36`, "--enable-unsafe-webgpu", "chrome://gpu"],
      [`Mozilla/5.0 (Linux; Android 10; K) ${chrome} Mobile Safari/537.36`, "Android 12", "chrome://gpu"],
      [
        "Mozilla/5.0 (Macintosh) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 Safari/605.1.15",
        "Safari 26",
        "Lockdown",
      ],
      [
        "Mozilla/5.0 (iPhone) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/139.0 Mobile Safari/604.1",
        "Safari 26",
        "Lockdown",
      ],
      ["", "a runtime with WebGPU", "a runtime with WebGPU"],
    ] as const) {
      assert.match(adviceFor({ userAgent, secure: true, webgpu: false }), without, userAgent);
      assert.match(adviceFor({ userAgent, secure: true, webgpu: true }), webgpu, userAgent);
    }
  },

  async "an adapter that lacks what was asked for, or says nothing of itself"() {
    const plain = gpuWith((adapter) =>
      Object.defineProperty(like(adapter, undefined), "features", { value: new Set() }),
    );
    await rejects(
      open({ family: "subgroup" }, plain),
      "adapter: an adapter without a name cannot be used: gpu: expected a device with the `subgroups` feature",
    );
    const gpu = await open({ family: "portable" }, plain);
    assert.equal([gpu.adapter.name, gpu.adapter.cpu, gpu.choice.by], ["an adapter without a name", false, "option"]);
    await gpu.dispose();
    const refusing = gpuWith((adapter) =>
      Object.assign(like(adapter, { vendor: "maker" }), {
        requestDevice: () => Promise.reject(new TypeError("no more devices")),
      }),
    );
    await rejects(open({}, refusing), "adapter: maker cannot be used: no more devices");
  },

  async "measures a GPU once for each store, and again where the store fails"() {
    const store = new Map<string, string>();
    const first = await open({ cache: store }, card);
    assert.equal([first.choice.by, first.choice.kept, first.adapter.cpu], ["measurement", true, false]);
    assert.is(store.size, 1);
    const [[key = "", text = ""] = []] = store;
    assert.match(key, /^maker \| seven \| {2}\| {2}\| Firefox\/153\.0 \| /);
    const second = await open({ cache: store }, card);
    assert.equal([second.choice.by, second.choice.kernels], ["cache", first.choice.kernels]);
    const kept = new Map([[`brenier kernels: ${key}`, text]]);
    const localStorage = { getItem: (name: string) => kept.get(name) ?? null, setItem: () => undefined };
    const third = await within({ localStorage }, () => open({ cache: localTunings() }, card));
    assert.is(third.choice.by, "cache");
    for (const gpu of [first, second, third]) await gpu.dispose();
  },

  async "a store that fails, lies or forbids costs a measurement"() {
    const wrong = [
      { get: () => "{", set: () => undefined },
      {
        get: () => Promise.reject(new Error("closed")),
        set() {
          throw new Error("full");
        },
      },
    ];
    for (const [i, cache] of wrong.entries()) {
      const gpu = await open({ cache }, card);
      assert.equal([gpu.choice.by, gpu.choice.kept], ["measurement", i === 0]);
      await gpu.dispose();
    }
    assert.is(localTunings().get("a"), undefined);
    localTunings().set("a", "b");
  },

  async "nudges a runtime that is slow to look, where that helps, and computes the same"() {
    const expected = await product(await open());
    for (const nudged of [true, false]) {
      const { gpu, seen } = slow(nudged);
      const opened = await open({}, gpu);
      const before = seen.empty;
      assert.ok(before > 0, "it was tried");
      assert.equal(await product(opened), expected);
      assert.is(seen.empty > before, nudged);
      await opened.dispose();
    }
    const { gpu, seen } = slow(true);
    const own = await open({ wait: (promise) => promise }, gpu);
    assert.equal(await product(own), expected);
    assert.is(seen.empty, 0, "the caller's wait is not measured");
    await own.dispose();
  },

  async "a device that is lost is told, and another can be opened"() {
    const gpu = await open();
    const x = gpu.tensor([1, 2]);
    (gpu.device as GPUDevice).destroy();
    await gpu.lost;
    const error = await gpu.read(x).catch((reason: unknown) => reason);
    assert.instance(error, DeviceLostError);
    const again = await open();
    assert.equal([...(await again.read(again.tensor([1, 2])))], [1, 2]);
    await again.dispose();
  },

  async "a signal ends the opening, and wrong options are told"() {
    const reason = new Error("enough");
    await open({ signal: { aborted: true, reason } }).then(
      () => assert.unreachable(),
      (error) => assert.is(error, reason),
    );
    await rejects(open({ cache: 3 as never }), "openGpu: expected a `cache` with get and set, such as a Map, got 3");
    await rejects(open({ cpuThreads: 3 } as never), "openGpu: expected options among cache, retune, signal");
    await rejects(
      open({ family: "fast" as never }),
      "gpu: expected a family subgroup, quads, tiled, portable, got fast",
    );
  },

  async "an engine takes a device and nothing else"() {
    for (const [given, kind] of [
      [undefined, "undefined"],
      [null, "null"],
      [Promise.resolve(), "an object of class Promise"],
      [await dawn.requestAdapter(), "an object of class GPUAdapter"],
      ["gpu", 'the text "gpu"'],
    ] as const) {
      for (const Class of [Gpu, Engine]) {
        throws(() => new Class(given as never), `gpu: expected a GPUDevice, got ${kind}; take \`openGpu\` of`);
      }
    }
  },
});
