import * as assert from "uvu/assert";
import { globals } from "webgpu";
import { openGpu } from "../../src/adapter/openGpu.ts";
import type { Command } from "../../src/kernels/command.ts";
import { DeviceLostError } from "../../src/kernels/gpu.ts";
import type { Kernel } from "../../src/kernels/kernel.ts";
import { elementwise, logSoftmax } from "../../src/kernels/shaders.generated.ts";
import { specialise } from "../../src/kernels/specialise.ts";
import { DispatchTimer } from "../../src/kernels/timer.ts";
import { add, mul } from "../../src/tensor/ops/elementwise.ts";
import { describe } from "../support/suite.ts";
import { throws } from "../support/throws.ts";

const kernel = (code: string): Kernel => ({
  name: "test",
  constants: {},
  code,
  params: { size: "u32" },
  buffers: { x: "read_write" },
  textures: [],
  dtypes: { x: "f32" },
  flops: () => 0,
});
const rejection = async (promise: Promise<unknown>): Promise<string> => {
  try {
    await promise;
  } catch (error) {
    return (error as Error).message;
  }
  return "nothing was thrown";
};

describe("gpu", {
  async "records every command through the hook, in order, before it runs"() {
    const commands: Command[] = [];
    const gpu = await openGpu({ onCommand: (command) => commands.push(command) });
    const y = gpu.scope(() => {
      const a = gpu.tensor([1, 2, 3], [3]);
      return add(mul(a, a), a);
    });
    assert.equal([...(await gpu.read(y))], [2, 6, 12]);
    const story = commands.map((c) => (c.kind === "dispatch" ? `${c.kind} ${c.op}` : c.kind));
    assert.equal(story, [
      // new pipelines
      "allocate",
      "upload",
      "allocate",
      "dispatch mul",
      "submit",
      "allocate",
      "dispatch add",
      "submit",
      "free",
      "free",
      "download",
      "submit",
    ]);
    const dispatch = commands.find((c) => c.kind === "dispatch");
    assert.ok(dispatch?.kind === "dispatch");
    assert.is(dispatch.kernel, elementwise);
    assert.is(dispatch.code, specialise(elementwise, dispatch.constants));
    await gpu.dispose();
  },

  async "says which wait failed where the driver rejects without a word"() {
    const gpu = await openGpu();
    const x = gpu.tensor([1, 2], [2]);
    const reject = (): Promise<never> => Promise.reject(new DOMException("", "OperationError"));
    const queue = (gpu.device as GPUDevice).queue;
    const buffers = (globals as unknown as { GPUBuffer: { prototype: { mapAsync: unknown } } }).GPUBuffer.prototype;
    const [done, map] = [queue.onSubmittedWorkDone, buffers.mapAsync];
    try {
      queue.onSubmittedWorkDone = reject;
      buffers.mapAsync = reject;
      const failed = (what: string): string => `gpu: ${what} failed: the device gave no reason`;
      assert.is(await rejection(gpu.done()), failed("waiting"));
      assert.is(await rejection(gpu.read(x)), failed("download"));
      buffers.mapAsync = () => Promise.resolve(); // as for a buffer that a lost device unmapped
      assert.is(await rejection(gpu.read(x)), failed("download"));
      buffers.mapAsync = reject;
      const captured = gpu.capture(x.buffer);
      gpu.submit();
      assert.is(await rejection(captured()), failed("capture"));
      let times: Promise<unknown> = Promise.resolve();
      gpu.timer = new DispatchTimer(gpu);
      gpu.onCommand = (command) => {
        if (command.kind === "submit" && command.times !== undefined) times = command.times();
      };
      add(x, x);
      gpu.submit();
      assert.is(await rejection(times), failed("timing"));
    } finally {
      [queue.onSubmittedWorkDone, buffers.mapAsync] = [done, map];
    }
    await gpu.dispose();
  },

  async "tells of a submission before what made it necessary"() {
    const story: string[] = [];
    const gpu = await openGpu();
    const x = gpu.tensor([1], [1]);
    const y = add(add(x, x), x);
    gpu.onCommand = ({ kind }) => void story.push(kind);
    gpu.write(x, [2]); // x is read by what was not submitted yet
    assert.equal(story.splice(0), ["submit", "upload"]);
    gpu.scope(() => {
      for (let i = 0; i < 513; i++) add(x, x);
    });
    const full = story.indexOf("submit");
    assert.equal(story.slice(0, full).filter((kind) => kind === "dispatch").length, 512);
    assert.equal(story.slice(full, full + 2), ["submit", "dispatch"]);
    story.length = 0;
    const lacking = { LANES: 8 } as Record<string, number>; // no such constant
    throws(
      () =>
        gpu.dispatch({
          op: "op",
          kernel: logSoftmax,
          constants: lacking,
          buffers: { x: y.buffer, y: y.buffer },
          params: { rows: 1, channels: 1, inner: 1 },
          workgroups: [1, 1, 1],
        }),
      "no //@constant is named `LANES`",
    );
    assert.equal(story, [], "what was refused is not told");
    gpu.onCommand = undefined;
    await gpu.dispose();
  },

  async "hands on what goes to the device and what comes back"() {
    const commands: Command[] = [];
    const gpu = await openGpu({ onCommand: (command) => commands.push(command) });
    const x = gpu.allocate("x", 8);
    gpu.upload(x, Float32Array.of(3, 4));
    await gpu.download(x);
    const upload = commands.find((c) => c.kind === "upload");
    assert.equal(upload?.kind === "upload" && upload.values, Float32Array.of(3, 4));
    const download = commands.find((c) => c.kind === "download");
    assert.ok(download?.kind === "download");
    assert.equal(new Float32Array(await download.values), Float32Array.of(3, 4));
    await gpu.dispose();
  },

  async "captures a buffer as it is at that point, unseen by the hook"() {
    const gpu = await openGpu();
    const x = gpu.tensor([1, 2], [2]);
    const before = gpu.capture(x.buffer);
    gpu.write(x, [3, 4]);
    const y = add(x, x);
    const kinds: string[] = [];
    gpu.onCommand = ({ kind }) => void kinds.push(kind);
    const after = gpu.capture(y.buffer);
    assert.equal(kinds, []);
    gpu.submit();
    assert.equal(new Float32Array(await before()), Float32Array.of(1, 2));
    assert.equal(new Float32Array(await after()), Float32Array.of(6, 8));
    gpu.onCommand = undefined;
    await gpu.dispose();
  },

  async "times each dispatch where it is asked to"() {
    const gpu = await openGpu();
    const times: (() => Promise<Float64Array>)[] = [];
    gpu.timer = new DispatchTimer(gpu);
    gpu.onCommand = (c) => void (c.kind === "submit" && c.times !== undefined && times.push(c.times));
    const x = gpu.zeros([1 << 20]);
    gpu.scope(() => void add(mul(x, x), x)); // new pipelines: a submission each
    await gpu.done();
    times.length = 0;
    for (let i = 0; i < 3; i++) gpu.scope(() => void add(mul(x, x), x));
    await gpu.done();
    gpu.timer = undefined;
    gpu.scope(() => void add(x, x));
    await gpu.done();
    assert.is(times.length, 1);
    const [nanoseconds = new Float64Array()] = await Promise.all(times.map((read) => read()));
    assert.is(nanoseconds.length, 6);
    assert.ok(
      nanoseconds.every((ns) => ns > 0 && ns < 1e10),
      String(nanoseconds),
    );
    gpu.onCommand = undefined;
    await gpu.dispose();
  },

  async "submits once for many ops, and equal steps make no new buffers, bind groups or pipelines"() {
    let submits = 0;
    const gpu = await openGpu({ onCommand: (c) => void (c.kind === "submit" && submits++) });
    const made: Record<string, number> = {};
    const device = gpu.device as GPUDevice;
    for (const name of ["createBuffer", "createBindGroup", "createComputePipeline"] as const) {
      const original = device[name].bind(device) as (descriptor: never) => never;
      device[name] = ((descriptor: never) => {
        made[name] = (made[name] ?? 0) + 1;
        return original(descriptor);
      }) as never;
    }
    const x = gpu.tensor(new Float32Array(1000).fill(1), [1000]);
    const step = async (): Promise<void> => {
      gpu.scope(() => {
        let y = x;
        for (let i = 0; i < 20; i++) y = add(mul(y, x), x);
      });
      gpu.submit();
      await gpu.done();
    };
    await step();
    const before = { ...made };
    submits = 0;
    for (let i = 0; i < 5; i++) await step();
    assert.equal(made, before);
    assert.is(submits, 5);
    await gpu.dispose();
  },

  async "tells of each pipeline once it was made"() {
    const gpu = await openGpu();
    const told: string[] = [];
    gpu.onPipeline = ({ op, kernel, made }) => told.push(`${op} ${kernel} ${made}`);
    const y = gpu.scope(() => {
      const x = gpu.tensor([1, 2], [2]);
      return add(mul(x, x), mul(x, x));
    });
    await gpu.read(y);
    assert.equal(told, ["mul elementwise 1", "add elementwise 2"]);
    await gpu.dispose();
  },

  async "submits by itself when a step has more dispatches than one submission holds"() {
    const gpu = await openGpu();
    const y = gpu.scope(() => {
      const one = gpu.tensor([1], [1]);
      let sum = one;
      for (let i = 0; i < 1500; i++) sum = add(sum, one);
      return sum;
    });
    assert.equal([...(await gpu.read(y))], [1501]);
    await gpu.dispose();
  },

  async "writes after what was recorded before, also into a reused buffer"() {
    const gpu = await openGpu();
    const x = gpu.tensor([1, 2], [2]);
    const doubled = add(x, x);
    gpu.write(x, [10, 20]);
    const again = add(x, x);
    assert.equal([...(await gpu.read(doubled))], [2, 4]);
    assert.equal([...(await gpu.read(again))], [20, 40]);
    await gpu.dispose();
  },

  async "keeps the first error of the device and throws it with the op's name"() {
    const gpu = await openGpu();
    const x = gpu.allocate("brokenOp", 16);
    const broken = async (): Promise<unknown> => {
      gpu.dispatch({
        op: "brokenOp",
        kernel: kernel("not WGSL"),
        buffers: { x },
        params: { size: 1 },
        workgroups: [1, 1, 1],
      });
      return gpu.download(x);
    };
    const message = await rejection(broken());
    assert.match(message, /^gpu: [\s\S]*brokenOp/);
    assert.is(await rejection(gpu.download(x)), message, "the first error stays");
  },

  async "tells when the device was lost"() {
    const gpu = await openGpu();
    const x = gpu.allocate("x", 16);
    gpu.device.destroy();
    assert.match(
      await rejection(gpu.download(x)),
      /^gpu: the device was lost \(destroyed\): .*; last submitted ops: \w+$/,
    );
    let error: unknown;
    await gpu.download(x).catch((e: unknown) => {
      error = e;
    });
    assert.instance(error, DeviceLostError);
  },

  async "refuses by name before anything reaches the device"() {
    const gpu = await openGpu({ byteLimit: 1 << 20 });
    assert.throws(
      () => gpu.allocate("big", 2 << 20),
      /^big: expected at most 1048576 bytes on the device, got .* use a smaller batch/,
    );
    const limit = gpu.device.limits.maxStorageBufferBindingSize;
    throws(() => gpu.allocate("huge", limit + 4), `huge: expected at most ${limit} bytes in one tensor`);
    const x = gpu.allocate("x", 16);
    throws(
      () =>
        gpu.dispatch({
          op: "wide",
          kernel: kernel(""),
          buffers: { x },
          params: { size: 1 },
          workgroups: [65536, 1, 1],
        }),
      "wide: expected 1 to 65535 workgroups",
    );
    throws(() => gpu.upload(x, new Float32Array(5)), "upload: expected a multiple of 4 bytes up to 16, got 20");
    gpu.release(x);
    throws(() => gpu.release(x), "used after it was freed");
    throws(
      () =>
        gpu.dispatch({ op: "late", kernel: kernel(""), buffers: { x }, params: { size: 1 }, workgroups: [1, 1, 1] }),
      "used after it was freed",
    );
    await gpu.dispose();
    assert.match(await rejection(gpu.done()), /gpu: expected a queue in use, got one that was disposed of/);
    throws(() => gpu.ones([2]), "gpu: expected a queue in use, got one that was disposed of");
  },

  async "frees what the pool holds before it refuses"() {
    const gpu = await openGpu({ byteLimit: 1 << 20 });
    for (const kilobytes of [400, 500, 600, 700]) gpu.release(gpu.allocate("x", kilobytes << 10));
    assert.is(gpu.memory().inUse, 0);
    assert.ok(gpu.memory().reserved <= 1 << 20);
    assert.ok(gpu.memory().peak >= 700 << 10);
    await gpu.dispose();
  },

  async "submits what uses a buffer before the pool destroys it"() {
    const gpu = await openGpu({ byteLimit: 1 << 20 });
    const [x, y] = [gpu.allocate("x", 300 << 10), gpu.allocate("y", 300 << 10)];
    gpu.upload(x, new Float32Array(75 << 10).fill(5));
    gpu.copy("copy", x, y); // recorded, not submitted
    gpu.release(x);
    gpu.release(gpu.allocate("z", 500 << 10)); // no room for x
    assert.is(new Float32Array(await gpu.download(y))[99], 5);
    await gpu.dispose();
  },

  async "takes views of shared memory"() {
    const gpu = await openGpu();
    const shared = new Float32Array(new SharedArrayBuffer(8));
    shared.set([3, 4]);
    const x = gpu.allocate("x", 8);
    gpu.upload(x, shared);
    assert.equal([...new Float32Array(await gpu.download(x))], [3, 4]);
    await gpu.dispose();
  },
});
