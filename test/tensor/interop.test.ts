// Tensors over the caller's buffers, and buffers of tensors given to the caller.
import * as assert from "uvu/assert";
import type { Engine, Tensor } from "../../src/tensor/engine.ts";
import { conv2d } from "../../src/tensor/ops/convolution/conv2d.ts";
import { add } from "../../src/tensor/ops/elementwise.ts";
import { matmul } from "../../src/tensor/ops/product/matmul.ts";
import { reshape } from "../../src/tensor/ops/reshape.ts";
import { size } from "../../src/tensor/shape.ts";
import { onEveryFamily } from "../support/families.ts";
import { throws } from "../support/throws.ts";

const [COPY_SRC, COPY_DST, STORAGE] = [0x4, 0x8, 0x80];
const USAGE = COPY_SRC | COPY_DST | STORAGE;

const values = (length: number, seed: number): Float32Array<ArrayBuffer> =>
  Float32Array.from({ length }, (_, i) => Math.sin(i * (seed + 1) + seed));

/** The program that holds buffers of its own on the engine's device. */
function caller(engine: Engine) {
  const device = engine.device as unknown as GPUDevice;
  return {
    device,
    buffer: (floats: Float32Array<ArrayBuffer>, { usage = USAGE, before = 0 } = {}): GPUBuffer => {
      const buffer = device.createBuffer({ size: before + 16 * Math.ceil(floats.length / 4), usage });
      device.queue.writeBuffer(buffer, before, floats);
      return buffer;
    },
    write: (buffer: GPUBuffer, floats: Float32Array<ArrayBuffer>, at = 0): void =>
      device.queue.writeBuffer(buffer, at, floats),
    /** Copies by a command of the caller's own. */
    copy: (from: GPUBuffer, to: GPUBuffer, bytes: number, at = 0): void => {
      const encoder = device.createCommandEncoder();
      encoder.copyBufferToBuffer(from, 0, to, at, bytes);
      device.queue.submit([encoder.finish()]);
    },
  };
}

const close = (got: Float32Array, wanted: ArrayLike<number>, what: string): void => {
  assert.is(got.length, wanted.length, what);
  const off = got.reduce((most, v, i) => Math.max(most, Math.abs(v - (wanted[i] as number))), 0);
  assert.ok(off <= 1e-4, `${what}: off by ${off}`);
};

/** a [m, k] times b [k, n] in float64. */
function product(a: Float32Array, b: Float32Array, [m, k, n]: readonly [number, number, number]): Float64Array {
  return Float64Array.from({ length: m * n }, (_, at) => {
    let sum = 0;
    for (let i = 0; i < k; i++) sum += (a[Math.floor(at / n) * k + i] as number) * (b[i * n + (at % n)] as number);
    return sum;
  });
}

onEveryFamily("interop", (engine) => {
  const { buffer, write, copy, device } = caller(engine);
  return {
    async "products see what was written from outside between them, by queue and by encoder (to 1e-4)"() {
      for (const [m, k, n] of [
        [5, 7, 3],
        [40, 64, 48],
        [100, 256, 30],
      ] as const) {
        for (const adopted of ["a", "b"] as const) {
          const [rows, columns] = adopted === "a" ? [m, k] : [k, n];
          const all = [1, 2, 3].map((seed) => values(rows * columns, seed));
          const [first, second, third] = all as [
            Float32Array<ArrayBuffer>,
            Float32Array<ArrayBuffer>,
            Float32Array<ArrayBuffer>,
          ];
          const other = values(adopted === "a" ? k * n : m * k, 9);
          const mine = buffer(first);
          const from = buffer(third);
          const x = engine.adopt(mine, [rows, columns]);
          const y = engine.tensor(other, adopted === "a" ? [k, n] : [m, k]);
          const times = (): Tensor => (adopted === "a" ? matmul(x, y) : matmul(y, x));
          const results = [times()];
          write(mine, second);
          results.push(times());
          copy(from, mine, 4 * third.length);
          results.push(times());
          for (const [i, z] of results.entries()) {
            const given = all[i] as Float32Array;
            const wanted = adopted === "a" ? product(given, other, [m, k, n]) : product(other, given, [m, k, n]);
            close(await engine.read(z), wanted, `${adopted} of [${m}, ${k}, ${n}], product ${i}`);
            z.dispose();
          }
          x.dispose();
          y.dispose();
          mine.destroy();
          from.destroy();
        }
      }
    },

    async "convolutions do as well, of pictures and of weights"() {
      const [shapeX, shapeW] = [
        [2, 9, 9, 8],
        [3, 3, 8, 16],
      ] as const;
      for (const adopted of ["x", "w"] as const) {
        const shape = adopted === "x" ? shapeX : shapeW;
        const other = engine.tensor(
          values(size(adopted === "x" ? shapeW : shapeX), 4),
          adopted === "x" ? shapeW : shapeX,
        );
        const mine = buffer(values(size(shape), 1));
        const t = engine.adopt(mine, shape);
        const run = (given: Tensor): Tensor => (adopted === "x" ? conv2d(given, other) : conv2d(other, given));
        const found = [run(t)];
        write(mine, values(size(shape), 2));
        found.push(run(t));
        for (const [i, y] of found.entries()) {
          const copied = engine.tensor(values(size(shape), i + 1), shape);
          const wanted = run(copied);
          assert.equal(await engine.read(y), await engine.read(wanted), `${adopted}, convolution ${i}`);
          for (const each of [y, copied, wanted]) each.dispose();
        }
        t.dispose();
        other.dispose();
        mine.destroy();
      }
    },

    async "buffers that are lent are read and written by the caller in the order of the calls"() {
      const [a, b] = [engine.tensor(values(64 * 48, 1), [64, 48]), engine.tensor(values(48 * 32, 2), [48, 32])];
      const y = matmul(a, b);
      const out = engine.lend(y);
      assert.equal([out.offset, out.size], [0, 4 * 64 * 32]);
      const into = buffer(new Float32Array(64 * 32));
      copy(out.buffer, into, out.size); // the caller reads the product without a host copy
      const lent = engine.lend(b);
      write(lent.buffer, values(48 * 32, 3));
      const again = matmul(a, b);
      const read = engine.adopt(into, [64, 32]);
      close(await engine.read(read), product(values(64 * 48, 1), values(48 * 32, 2), [64, 48, 32]), "as it was lent");
      close(
        await engine.read(again),
        product(values(64 * 48, 1), values(48 * 32, 3), [64, 48, 32]),
        "as it was written",
      );
      engine.write(b, values(48 * 32, 4));
      const last = matmul(a, b);
      close(
        await engine.read(last),
        product(values(64 * 48, 1), values(48 * 32, 4), [64, 48, 32]),
        "as the engine wrote",
      );
      for (const each of [a, b, y, again, read, last]) each.dispose();
      into.destroy();
    },

    async "the caller keeps what it lends, and what it was lent is used for nothing else"() {
      const before = engine.memory();
      const mine = buffer(values(1000, 1), { before: 512 });
      engine.scope(() => {
        const x = engine.adopt(mine, [10, 100], 512);
        add(reshape(x, [1000]), 1);
        assert.is(
          engine.memory().alive.find(({ op }) => op === "adopt"),
          undefined,
        );
      });
      const x = engine.adopt(mine, [1000], 512);
      assert.equal(await engine.read(x), values(1000, 1));
      engine.write(x, values(1000, 2));
      x.dispose();
      throws(() => engine.lend(x), "that was disposed of");
      const again = engine.adopt(mine, [1000], 512);
      assert.equal(await engine.read(again), values(1000, 2), "written by the engine");
      again.dispose();
      mine.destroy();

      const y = engine.tensor(values(5000, 3), [5000]);
      const { buffer: lent } = engine.lend(y);
      y.dispose();
      const z = engine.tensor(values(5000, 4), [5000]);
      assert.is.not(engine.lend(z).buffer, lent);
      z.dispose();
      await engine.done();
      assert.is(engine.memory().inUse, before.inUse);
      device.pushErrorScope("validation");
      write(lent as GPUBuffer, values(16, 1));
      assert.ok((await device.popErrorScope()) !== null, "a buffer whose tensor was disposed of is destroyed");
    },

    "what does not fit is refused in one line"() {
      const mine = buffer(values(64, 1));
      const readOnly = buffer(values(64, 1), { usage: COPY_DST | STORAGE });
      throws(
        () => engine.adopt(readOnly, [64]),
        "adopt: expected a buffer with the usages STORAGE, COPY_SRC and COPY_DST, got usage 136",
      );
      throws(
        () => engine.adopt(mine, [65]),
        "adopt: expected 272 bytes from a multiple of 256 on, within the buffer's 256",
      );
      throws(() => engine.adopt(mine, [4], 4), "got them from 4 on");
      throws(
        () => engine.adopt(new Float32Array(4) as never, [4]),
        "adopt: expected a GPUBuffer, got an object of class Float32Array",
      );
      throws(() => engine.adopt(undefined as never, [4]), "adopt: expected a GPUBuffer, got undefined");
      throws(() => engine.adopt(mine, [-1]), "adopt");
      throws(() => engine.lend({} as never), "lend: expected a tensor as `tensor`");
      mine.destroy();
      readOnly.destroy();
    },
  };
});
