// The curves as one picture: seconds above, memory below, a column for each size that grows.
import type { Colour, Scene, SceneShape } from "../../src/pictures/scene.ts";
import type { Curve } from "./curves.ts";
import { fitPower, type Pair } from "./fit.ts";
import { type Point, SIZES } from "./point.ts";
import { pairsOf, pointsOf, secondsOf } from "./series.ts";

const [WIDE, HIGH, LEFT, TOP, GAP, LINE] = [300, 260, 56, 34, 70, 15];
const [INK, GREY, PALE]: readonly [Colour, Colour, Colour] = [
  [40, 40, 48],
  [150, 150, 160],
  [228, 228, 233],
];
/** Colours of the stages, in the order in which they are measured. */
const COLOURS: readonly Colour[] = [
  [31, 119, 180],
  [255, 127, 14],
  [44, 160, 44],
  [214, 39, 40],
  [148, 103, 189],
  [140, 86, 75],
  [227, 119, 194],
  [110, 110, 110],
  [160, 160, 20],
  [23, 170, 190],
  [20, 60, 120],
  [200, 80, 0],
  [0, 90, 60],
];

/** One line of a panel: its points, and what the legend says of it. */
interface Line {
  readonly colour: Colour;
  readonly pairs: readonly Pair[];
  readonly told: readonly Point[];
  readonly label: string;
}

/** A panel with logarithmic axes: what it shows, and where. */
interface Panel {
  readonly title: string;
  readonly left: number;
  readonly top: number;
  readonly lines: readonly Line[];
  /** The words for a decade on the upright axis. */
  readonly mark: (exponent: number) => string;
}

/** `cpu`: whether seconds are those of the CPU. */
export function picture(points: readonly Point[], curves: readonly Curve[], cpu: boolean): Scene {
  const stages = [...new Set(curves.map(({ stage }) => stage))];
  const columns = SIZES.filter((name) => curves.some(({ over }) => over === name));
  const shapes: SceneShape[] = [];
  let most = 0;
  const second =
    TOP + HIGH + GAP + LINE * Math.max(...columns.map((name) => curves.filter((c) => c.over === name).length));
  columns.forEach((name, column) => {
    const own = curves.filter(({ over }) => over === name);
    most = Math.max(most, own.length);
    const linesOf = (of: (point: Point) => number): Line[] =>
      own.flatMap((curve) => {
        const told = pointsOf(points, curve).filter((point) => of(point) > 0);
        const pairs = pairsOf(told, curve, of);
        if (pairs.length < 2) return [];
        const colour = COLOURS[stages.indexOf(curve.stage) % COLOURS.length] as Colour;
        return [{ colour, pairs, told, label: `${fitPower(pairs).exponent.toFixed(2)}  ${curve.stage}` }];
      });
    const left = LEFT + column * (WIDE + GAP);
    const time = `${cpu ? "CPU seconds" : "seconds"} over ${name}`;
    const seconds = (e: number): string => (e < -4 ? `1e${e}` : e < 0 ? `${(10 ** e).toFixed(-e)}` : String(10 ** e));
    shapes.push(...panel({ title: time, left, top: TOP, lines: linesOf(secondsOf(cpu)), mark: seconds }));
    const bytes = (e: number): string => `${10 ** (e % 3)} ${["B", "kB", "MB", "GB", "TB"][Math.floor(e / 3)]}`;
    const memory = linesOf(({ memory: { device } }) => device);
    shapes.push(...panel({ title: `bytes on the device over ${name}`, left, top: second, lines: memory, mark: bytes }));
  });
  const height = second + HIGH + GAP / 2 + LINE * (most + 1);
  return { width: LEFT + columns.length * (WIDE + GAP), height, shapes };
}

/** A panel's grid, its lines and its legend, where each line's exponent stands before its name. */
function panel({ title, left, top, lines, mark }: Panel): SceneShape[] {
  const all = lines.flatMap(({ pairs }) => pairs);
  const write = (x: number, y: number, text: string, fill: Colour = INK, size = 11): SceneShape => {
    return { kind: "text", x, y, size, text, fill };
  };
  const shapes = [write(left, top - 10, title, INK, 13)];
  if (all.length === 0) return [...shapes, write(left, top + 20, "not measured", GREY)];
  const decades = (values: readonly number[]): readonly [number, number] => {
    const [low, high] = [
      Math.floor(Math.log10(Math.min(...values)) + 1e-9),
      Math.ceil(Math.log10(Math.max(...values)) - 1e-9),
    ];
    return [low, Math.max(high, low + 1)];
  };
  const [x0, x1] = decades(all.map(({ x }) => x));
  const [y0, y1] = decades(all.map(({ y }) => y));
  const across = (x: number): number => left + (WIDE * (Math.log10(x) - x0)) / (x1 - x0);
  const up = (y: number): number => top + HIGH - (HIGH * (Math.log10(y) - y0)) / (y1 - y0);
  const line = (a: number, b: number, c: number, d: number, stroke: Colour, width = 1): SceneShape => {
    return { kind: "line", points: [a, b, c, d], stroke, width };
  };
  for (let e = x0; e <= x1; e++) {
    const x = across(10 ** e);
    shapes.push(
      line(x, top, x, top + HIGH, PALE),
      write(x - 4, top + HIGH + 14, e < 4 ? String(10 ** e) : `1e${e}`, GREY),
    );
  }
  for (let e = y0; e <= y1; e++) {
    const y = up(10 ** e);
    shapes.push(line(left, y, left + WIDE, y, PALE), write(left - 48, y + 4, mark(e), GREY));
  }
  // What doubles with its size rises like this.
  const span = Math.min(x1 - x0, y1 - y0);
  shapes.push(line(across(10 ** x0), up(10 ** y0), across(10 ** (x0 + span)), up(10 ** (y0 + span)), GREY));
  lines.forEach(({ colour, pairs, told, label }, i) => {
    pairs.slice(1).forEach(({ x, y }, k) => {
      const from = pairs[k] as Pair;
      shapes.push(line(across(from.x), up(from.y), across(x), up(y), colour, 1.5));
    });
    pairs.forEach(({ x, y }, k) => {
      shapes.push({ kind: "dot", x: across(x), y: up(y), radius: 3, fill: colour });
      if (told[k]?.how === "step") {
        shapes.push({ kind: "dot", x: across(x), y: up(y), radius: 1.6, fill: [255, 255, 255] });
      }
    });
    shapes.push(write(left, top + HIGH + 34 + LINE * i, label, colour, 12));
  });
  return shapes;
}
