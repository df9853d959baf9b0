// Displacement interpolation: a square turns into a heart, each grain on a straight line.
// Shows that T is all it takes: at time t the grain from x is at (1 − t) x + t T(x).
import { writeFileSync } from "node:fs";
import { hostRandom } from "brenier";
import { createProblem, points, solveExact } from "brenier/ot";

const random = hostRandom(1, 0); // seed and stream
const heart = [];
while (heart.length < 2 * 700) {
  const [x, y] = [3 * random.uniform() - 1.5, 3 * random.uniform() - 1.5];
  if ((x * x + y * y - 1) ** 3 < x * x * y ** 3) heart.push(0.5 * x, 0.5 * y);
}
const { centres, stop, w2 } = solveExact(
  createProblem(points("heart", heart, 2), { source: "cube" }),
);
console.log(stop, "W2:", w2.toFixed(3));

const panels = [0, 0.25, 0.5, 0.75, 1].map((t, panel) => {
  const grains = Array.from({ length: centres.length / 2 }, (_, i) => {
    const [x, y] = [0, 1].map((k) => (1 - t) * centres[2 * i + k] + t * heart[2 * i + k]);
    return `M${(80 + 160 * panel + 120 * x).toFixed(0)} ${(80 - 120 * y).toFixed(0)}h0`;
  });
  return `<path d="${grains.join("")}" stroke="hsl(${210 + 140 * t} 60% 45%)"/>`;
});
writeFileSync(
  "displacement.svg",
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 800 160" width="800" height="160">
<rect width="800" height="160" fill="#fff"/>
<g stroke-width="2.5" stroke-linecap="round">
${panels.join("\n")}
</g>
</svg>
`,
);
