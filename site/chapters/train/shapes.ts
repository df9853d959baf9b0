import { hostRandom } from "../../../src/math/philox.ts";
import type { Images } from "./read.ts";

const SIDE = 20;
/** The edge of a shape is so many pixels soft. */
const SOFT = 1;

/** How far (x, y) lies outside of a shape of radius r, negative inside, for each shape. */
const OUTSIDE: readonly ((x: number, y: number, r: number) => number)[] = [
  (x, y, r) => Math.hypot(x, y) - r,
  (x, y, r) => Math.max(Math.abs(x), Math.abs(y)) - 0.85 * r,
  (x, y, r) => Math.abs(Math.hypot(x, y) - 0.8 * r) - 0.25 * r,
  (x, y, r) =>
    Math.min(Math.max(Math.abs(x) - r, Math.abs(y) - 0.25 * r), Math.max(Math.abs(y) - r, Math.abs(x) - 0.25 * r)),
];

/** Discs, squares, rings and crosses, each at a place and of a size of its own. */
export function simpleShapes(count: number): Images {
  const random = hostRandom(1, 0);
  const pixels = new Uint8Array(count * SIDE * SIDE);
  for (let n = 0; n < count; n++) {
    const outside = OUTSIDE[n % OUTSIDE.length] as (x: number, y: number, r: number) => number;
    const r = 4 + 3 * random.uniform();
    const [left, top] = [7 + 5 * random.uniform(), 7 + 5 * random.uniform()];
    for (let i = 0; i < SIDE * SIDE; i++) {
      const away = outside((i % SIDE) - left, Math.floor(i / SIDE) - top, r);
      pixels[n * SIDE * SIDE + i] = Math.round(255 * Math.max(0, Math.min(1, 0.5 - away / SOFT)));
    }
  }
  const about = `${count.toLocaleString("en")} discs, squares, rings and crosses, drawn here`;
  return { about, pixels, count, height: SIDE, width: SIDE, channels: 1 };
}
