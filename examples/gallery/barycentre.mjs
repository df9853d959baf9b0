// Between three shapes: every picture mixes a ring, a cross and a disc, by weights that sum to 1.
// Shows exactIndex: all maps come from one square, so that their images x ↦ T(x) can be mixed.
import { writeFileSync } from "node:fs";
import { hostRandom } from "brenier";
import { encodePng } from "brenier/node";
import { createProblem, exactIndex, points, solveExact } from "brenier/ot";

const random = hostRandom(1, 0); // seed and stream
const square = Float64Array.from({ length: 2 * 20_000 }, () => random.uniform() - 0.5);
const shapes = [
  (x, y) => Math.abs(Math.hypot(x, y) - 0.38) < 0.07,
  (x, y) => Math.min(Math.abs(x), Math.abs(y)) < 0.08 && Math.max(Math.abs(x), Math.abs(y)) < 0.45,
  (x, y) => Math.hypot(x, y) < 0.2,
];
const images = shapes.map((inside) => {
  const rows = square.slice(0, 2 * 4000).filter((_, i) => inside(square[i & ~1], square[i | 1]));
  const problem = createProblem(points("shape", rows, 2), { source: "cube" });
  const { heights, cells } = solveExact(problem);
  const index = exactIndex(problem, heights, cells, square);
  return Array.from(index, (i) => rows.slice(2 * i, 2 * i + 2));
});

const [side, steps] = [72, 4];
const width = side * (steps + 1);
const pixels = new Uint8Array(width * width).fill(255);
for (let row = 0; row <= steps; row++) {
  for (let column = 0; column <= row; column++) {
    const weights = [steps - row, row - column, column].map((weight) => weight / steps);
    const left = side * (column + (steps - row) / 2);
    for (let n = 0; n < square.length / 2; n++) {
      const [x, y] = [0, 1].map((k) => weights.reduce((sum, w, s) => sum + w * images[s][n][k], 0));
      const at = width * Math.floor(side * (row + 0.5 - y)) + Math.floor(left + side * (x + 0.5));
      pixels[at] = Math.max(0, pixels[at] - 16);
    }
  }
}
writeFileSync("barycentre.png", encodePng({ width, height: width, channels: 1, pixels }));
