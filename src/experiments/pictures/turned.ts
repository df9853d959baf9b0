import type { Images } from "../../datasets/images.ts";
import { DataError } from "../../formats/error.ts";
import type { LabelledImages } from "../../metrics/trainClassifier.ts";

const TURNS = 4;

/**
 * Each picture four times: upright, and turned by 90, 180 and 270 degrees to the left. The label
 * says how often it was turned. Who can tell that knows what the pictures show, so that a
 * classifier of turns is a judge of pictures that have no labels (Gidaris, Singh and Komodakis
 * 2018). Picture 4 n + t is picture n, turned t times. DataError unless the pictures are squares.
 */
export function turned(images: Images): LabelledImages {
  const { count, height: side, width, channels } = images;
  if (side !== width)
    throw new DataError(`turned: expected square pictures, got ${side} × ${width}; use prepare --crop`);
  const size = side * side * channels;
  const batch = (numbers: ArrayLike<number>): Float32Array<ArrayBuffer> => {
    const upright = images.batch(Array.from(numbers, (n) => Math.floor(n / TURNS)));
    const x = new Float32Array(upright.length);
    for (let b = 0; b < numbers.length; b++) {
      const turns = (numbers[b] as number) % TURNS;
      for (let i = 0; i < side; i++) {
        for (let j = 0; j < side; j++) {
          const from = b * size + at(i, j, { turns, side }) * channels;
          x.set(upright.subarray(from, from + channels), b * size + (i * side + j) * channels);
        }
      }
    }
    return x;
  };
  return {
    images: { count: TURNS * count, batch },
    labels: Uint8Array.from({ length: TURNS * count }, (_, n) => n % TURNS),
  };
}

/** The pixel that comes to row i, column j when a square is turned so often to the left. */
function at(i: number, j: number, { turns, side }: { readonly turns: number; readonly side: number }): number {
  let [row, column] = [i, j];
  for (let t = 0; t < turns; t++) [row, column] = [column, side - 1 - row];
  return row * side + column;
}
