import { PNG } from "pngjs";
import * as assert from "uvu/assert";
import { hostRandom } from "../../src/math/philox.ts";
import { solveExact } from "../../src/ot/exact/exact.ts";
import { exactIndex } from "../../src/ot/exact/exactMap.ts";
import { fullRows, points } from "../../src/ot/points.ts";
import { createProblem } from "../../src/ot/problem.ts";
import { cellPicture } from "../../src/pictures/cellPicture.ts";
import { scenePng } from "../../src/pictures/raster.ts";
import { type Scene, sceneSvg } from "../../src/pictures/scene.ts";
import { describe } from "../support/suite.ts";

const pixel = (png: PNG, x: number, y: number): number[] => [
  ...png.data.subarray(4 * (y * png.width + x), 4 * (y * png.width + x) + 3),
];

describe("pictures", {
  "shapes are drawn where they are, later ones on top, edges averaged": () => {
    const scene: Scene = {
      width: 30,
      height: 20,
      shapes: [
        { kind: "polygon", points: [2, 2, 12.5, 2, 12.5, 18, 2, 18], fill: [255, 0, 0] },
        { kind: "line", points: [0, 10, 30, 10], stroke: [0, 0, 255], width: 2 },
        { kind: "dot", x: 22, y: 5, radius: 3, fill: [0, 255, 0] },
        { kind: "text", x: 15, y: 19, size: 10, text: "l<1", fill: [0, 0, 0] },
      ],
    };
    const png = PNG.sync.read(Buffer.from(scenePng(scene)));
    assert.equal([png.width, png.height], [30, 20]);
    assert.equal(pixel(png, 0, 0), [255, 255, 255]);
    assert.equal(pixel(png, 5, 5), [255, 0, 0]);
    assert.equal(pixel(png, 5, 10), [0, 0, 255]);
    assert.equal(pixel(png, 22, 5), [0, 255, 0]);
    const [red, green] = pixel(png, 12, 5) as [number, number];
    assert.ok(red === 255 && green > 80 && green < 180, "half covered");
    let dark = 0;
    for (let x = 15; x < 30; x++) for (let y = 12; y < 19; y++) dark += (pixel(png, x, y)[0] as number) < 128 ? 1 : 0;
    assert.ok(dark > 5, "letters");
    const svg = sceneSvg(scene);
    assert.match(svg, /<polygon points="2,2 12\.5,2 12\.5,18 2,18" fill="#ff0000"/);
    assert.match(svg, /<line x1="0" y1="10" x2="30" y2="10" stroke="#0000ff"/);
    assert.match(svg, />l&lt;1<\/text>/);
  },

  "cells tile the source's square, and the singular set is counted": () => {
    const ring = Array.from({ length: 8 }, (_, i) => [Math.cos((Math.PI * i) / 4), Math.sin((Math.PI * i) / 4)]).flat();
    for (const source of ["cube", "gaussian"] as const) {
      const problem = createProblem(points("ring", ring, 2), { source });
      const scene = cellPicture(problem, solveExact(problem));
      assert.ok(scene.shapes.some((shape) => shape.kind === "text" && /^singular set: (8|12) edges/.test(shape.text)));
      assert.is(scene.shapes.filter(({ kind }) => kind === "dot").length, 16, "each with an outline");
      const png = PNG.sync.read(Buffer.from(scenePng(scene)));
      for (let x = 40; x < 670; x += 9)
        for (let y = 60; y < 690; y += 9) assert.not.equal(pixel(png, x, y), [255, 255, 255]);
    }
  },

  "the singular set is where the map breaks, not where a smooth cloud is coarse": () => {
    const random = hostRandom(1, 0);
    const make = (count: number, row: (i: number) => readonly [number, number]): number[] =>
      Array.from({ length: count }, (_, i) => row(i)).flat();
    const normal = (x: number, s: number): readonly [number, number] => [x + s * random.normal(), s * random.normal()];
    const cases = [
      { name: "square", y: make(200, () => [random.uniform(), random.uniform()]), least: 0, most: 40 },
      { name: "normal", y: make(150, () => normal(0, 1)), least: 0, most: 40 },
      { name: "clusters", y: make(150, (i) => normal(i % 2 === 0 ? -1 : 1, 0.1)), least: 5, most: 60 },
      { name: "gap", y: make(40, (i) => [i < 20 ? i : i + 40, 0]), least: 1, most: 1 },
    ];
    for (const { name, y, least, most } of cases) {
      for (const source of ["cube", "gaussian"] as const) {
        const problem = createProblem(points(name, y, 2), { source });
        const { shapes } = cellPicture(problem, solveExact(problem));
        const said = shapes.flatMap((s) => (s.kind === "text" && s.text.startsWith("singular set") ? [s.text] : []))[0];
        const [, count] = /^singular set: (\d+) edges? above 0\.\d+ rad/.exec(said ?? "") ?? [];
        assert.ok(least <= Number(count) && Number(count) <= most, `${name}, ${source}: ${said}`);
        const drawn = shapes.filter((s) => s.kind === "line" && s.width === 2).length;
        assert.is(drawn, Number(count) + 1, "and one in the legend");
      }
    }
  },

  "cells of given points are those of the greatest score, in the domain and outside": () => {
    const random = hostRandom(3, 0);
    for (const d of [1, 2]) {
      for (const source of ["cube", "gaussian"] as const) {
        const problem = createProblem(
          points(
            "y",
            Float64Array.from({ length: 60 * d }, () => random.normal()),
            d,
          ),
          { source, nu: Array.from({ length: 60 }, (_, i) => i % 4) },
        );
        const { heights, cells } = solveExact(problem);
        const y = fullRows(problem.targets);
        const x = Float64Array.from({ length: 300 * d }, (_, at) => (at < 200 * d ? 0.4 : 20) * random.normal());
        const index = exactIndex(problem, heights, cells, x);
        index.forEach((i, m) => {
          const score = (j: number): number => {
            let sum = heights[j] as number;
            for (let k = 0; k < d; k++) sum += (x[m * d + k] as number) * (y[j * d + k] as number);
            return sum;
          };
          let most = Number.NEGATIVE_INFINITY;
          for (let j = 0; j < 60; j++) most = Math.max(most, score(j));
          assert.ok(score(i) >= most - 1e-12, `${m}: ${score(i)}, greatest ${most}`);
        });
      }
    }
  },
});
