import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const SEGMENTS = [
  "1110111",
  "0010010",
  "1011101",
  "1011011",
  "0111010",
  "1101011",
  "1101111",
  "1010010",
  "1111111",
  "1111011",
];
/** [top, left, height, width] of the seven segments in a box of 18 × 11. */
const BARS = [
  [0, 1, 2, 9],
  [1, 0, 8, 2],
  [1, 9, 8, 2],
  [8, 1, 2, 9],
  [9, 0, 8, 2],
  [9, 9, 8, 2],
  [16, 1, 2, 9],
] as const;

/**
 * Seven-segment digits of 28 × 28 pixels, each at a place and brightness of its own. They replace
 * MNIST where there is no network connection.
 */
export function digits(count: number): Uint8Array {
  const pixels = new Uint8Array(count * 784);
  for (let n = 0; n < count; n++) {
    const [top, left] = [2 + ((n * 7) % 6), 4 + ((n * 11) % 9)];
    BARS.forEach(([y0, x0, height, width], bar) => {
      if (SEGMENTS[n % 10]?.[bar] !== "1") return;
      for (let y = 0; y < height; y++) {
        for (let x = 0; x < width; x++) pixels[n * 784 + (top + y0 + y) * 28 + left + x0 + x] = 155 + ((n * 13) % 100);
      }
    });
  }
  return pixels;
}

/** An idx file: unsigned bytes of the given shape. */
export function idx(shape: readonly number[], bytes: Uint8Array): Uint8Array {
  const header = new DataView(new ArrayBuffer(4 + 4 * shape.length));
  header.setUint32(0, 0x0800 + shape.length);
  shape.forEach((length, axis) => {
    header.setUint32(4 + 4 * axis, length);
  });
  return Uint8Array.from([...new Uint8Array(header.buffer), ...bytes]);
}

/**
 * Writes files under MNIST's names with `train` and `test` seven-segment digits into
 * `folder`/data/`set`.
 */
export function writeDigits(folder: string, train: number, test: number, set = "mnist"): void {
  const data = join(folder, "data", set);
  mkdirSync(data, { recursive: true });
  for (const [name, count] of [["train", train] as const, ["t10k", test] as const]) {
    writeFileSync(join(data, `${name}-images-idx3-ubyte`), idx([count, 28, 28], digits(count)));
    writeFileSync(
      join(data, `${name}-labels-idx1-ubyte`),
      idx(
        [count],
        Uint8Array.from({ length: count }, (_, i) => i % 10),
      ),
    );
  }
}
