// Power cells: eight points on a ring share a square, and the first of them takes three tenths.
// Shows solveExact, which meets every mass to ten digits, and polygon, which gives the cells.
import { writeFileSync } from "node:fs";
import { createProblem, points, polygon, solveExact } from "brenier/ot";

const turns = Array.from({ length: 8 }, (_, i) => (2 * Math.PI * i) / 8);
const ring = turns.flatMap((turn) => [Math.cos(turn), Math.sin(turn)]);
const nu = [3, 1, 1, 1, 1, 1, 1, 1];
const problem = createProblem(points("ring", ring, 2), { nu, source: "cube" });
const { cells, masses, centres, stop } = solveExact(problem);
console.log(stop, [...masses].map((mass) => mass.toFixed(8)).join(" "));

const place = (x, y) => [150 + 280 * x, 150 - 280 * y].map((v) => v.toFixed(1)).join(",");
const shapes = turns.map((turn, i) => {
  const vertices = polygon(cells, i); // x, y of each corner, counterclockwise
  const corners = Array.from({ length: vertices.length / 2 }, (_, k) =>
    place(vertices[2 * k], vertices[2 * k + 1]),
  );
  const [from, to] = [
    place(centres[2 * i], centres[2 * i + 1]),
    place(ring[2 * i] / 2, ring[2 * i + 1] / 2),
  ];
  const fill = `hsl(${(180 * turn) / Math.PI} 60% 75%)`;
  return `<polygon points="${corners.join(" ")}" fill="${fill}" stroke="#fff"/>
<polyline points="${from} ${to}" stroke="#333"/><circle r="4" transform="translate(${to})"/>`;
});
writeFileSync(
  "cells.svg",
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 300 300" width="300" height="300">
<rect width="300" height="300" fill="#fff"/>
${shapes.join("\n")}
</svg>
`,
);
