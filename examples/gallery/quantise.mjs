// Quantisation: a Gaussian is replaced by 120 points of equal mass that stand for it best.
// Shows Lloyd's method with equal masses: solve exactly, move each point to its cell's centre.
import { writeFileSync } from "node:fs";
import { hostRandom } from "brenier";
import { createProblem, points, polygon, solveExact } from "brenier/ot";

const count = 120;
const random = hostRandom(1, 0); // seed and stream
let rows = Float64Array.from({ length: 2 * count }, () => random.normal());
let solution;
for (let round = 0; round < 40; round++) {
  solution = solveExact(createProblem(points("points", rows, 2)));
  if (round % 13 === 0) console.log("W2 to the Gaussian:", solution.w2.toFixed(4));
  rows = solution.centres;
}

const place = (x, y) => [160 + 50 * x, 160 - 50 * y].map((v) => v.toFixed(1)).join(",");
const shapes = Array.from({ length: count }, (_, i) => {
  const vertices = polygon(solution.cells, i);
  const corners = vertices.reduce(
    (text, x, k) => (k % 2 ? text : `${text} ${place(x, vertices[k + 1])}`),
    "",
  );
  const [x, y] = rows.subarray(2 * i, 2 * i + 2);
  const light = (95 - 14 * Math.hypot(x, y)).toFixed(0);
  return `<polygon points="${corners}" fill="hsl(210 60% ${light}%)" stroke="#fff"/>
<circle r="2.5" transform="translate(${place(x, y)})"/>`;
});
writeFileSync(
  "quantise.svg",
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 320 320" width="320" height="320">
${shapes.join("\n")}
</svg>
`,
);
