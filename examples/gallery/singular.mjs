// The singular set: where the map from Gaussian noise onto three clusters jumps between them.
// Shows labels, singularSet, and why a continuous network that fits this map has to mix modes.
import { writeFileSync } from "node:fs";
import { hostRandom } from "brenier";
import { createProblem, points, polygon, singularSet, solveExact } from "brenier/ot";

const random = hostRandom(1, 0); // seed and stream
const labels = Array.from({ length: 150 }, (_, i) => i % 3);
const rows = labels.flatMap((label) => {
  const turn = (2 * Math.PI * label) / 3 + 0.5;
  return [2.3 * Math.cos(turn) + random.normal() / 3, 2.3 * Math.sin(turn) + random.normal() / 3];
});
const { cells, stop } = solveExact(createProblem(points("clusters", rows, 2)));
const jumps = singularSet(cells, labels);
console.log(stop, jumps.count, "edges between clusters");
const place = (x, y) => [160 + 52 * x, 160 - 52 * y].map((v) => v.toFixed(1)).join(",");
const corners = (i) =>
  polygon(cells, i).reduce(
    (text, x, k, all) => (k % 2 ? text : `${text} ${place(x, all[k + 1])}`),
    "",
  );
const fills = ["#a8c8f0", "#f6d08a", "#b5dfae"];
const shapes = labels.map(
  (label, i) => `<polygon points="${corners(i)}" fill="${fills[label]}" stroke="#fff"/>`,
);
const edges = Array.from({ length: jumps.count }, (_, f) => {
  const [ax, ay, bx, by] = jumps.ends.subarray(4 * f, 4 * f + 4);
  return `<polyline points="${place(ax, ay)} ${place(bx, by)}" stroke="#d01c1c" stroke-width="3"/>`;
});
const dots = labels.map(
  (_, i) => `<circle r="1.5" transform="translate(${place(rows[2 * i], rows[2 * i + 1])})"/>`,
);
writeFileSync(
  "singular.svg",
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 320 320" width="320" height="320">
<rect width="320" height="320" fill="#fff"/>
${[...shapes, ...edges, ...dots].join("\n")}
</svg>
`,
);
