// The plane as a picture: its cells, by which of them are mixed, and where one stands.
import type { Pictures } from "brenier/models";
import type { Polygons } from "../../../src/ot/exact/plane/polygons.ts";
import { svg } from "../../shell/elements.ts";
import { inked } from "../pictures/canvas.ts";
import type { Edge, View } from "./plane.ts";

type Pair = readonly [a: number, b: number];

const SIDE = 640;
/** Least side of a stored picture on the map, and how many there are at most. */
const LEAST = 18;
const MOST = 90;

/** A place for a picture in a cell. */
export interface Spot {
  readonly cell: number;
  readonly middle: Pair;
  /** Radius of the circle around it in the cell. */
  readonly radius: number;
}

export class PlaneMap {
  readonly element: SVGSVGElement = svg("svg", {
    class: "picture plane",
    viewBox: `0 0 ${SIDE} ${SIDE}`,
    role: "img",
    "aria-label": "Cells in a plane of the noise. The sliders beside it move the point.",
  });
  readonly #cells = svg("g", { class: "cells" });
  readonly #stored = svg("g", { class: "stored" });
  readonly #edges = svg("g", { class: "edges" });
  readonly #corners = svg("g", { class: "corners" });
  readonly #trail = svg("polyline", { class: "trail" });
  readonly #point = svg("circle", { class: "here", r: 8 });
  #half = 1;

  constructor(onPoint: (at: Pair) => void) {
    this.element.append(this.#cells, this.#stored, this.#edges, this.#corners, this.#trail, this.#point);
    const told = (event: PointerEvent): void => {
      const { left, top, width, height } = this.element.getBoundingClientRect();
      const share = (value: number, size: number): number => Math.max(0, Math.min(1, value / size));
      const [x, y] = [share(event.clientX - left, width), share(event.clientY - top, height)];
      onPoint([(2 * x - 1) * this.#half, (1 - 2 * y) * this.#half]);
    };
    this.element.addEventListener("pointerdown", (event) => {
      if (event.button !== 0) return;
      this.element.setPointerCapture(event.pointerId);
      told(event);
    });
    this.element.addEventListener("pointermove", (event) => {
      if (this.element.hasPointerCapture(event.pointerId)) told(event);
    });
  }

  /** Draws the cells; those that are joined by edges up to `limit` have one colour. */
  show({ half, corners }: View, { start, vertices }: Polygons, edges: readonly Edge[], limit: number): void {
    this.#half = half;
    const colours = coloursOf(edges, start.length - 1, limit);
    const shapes: SVGPathElement[] = [];
    for (let i = 0; i + 1 < start.length; i++) {
      const [from, to] = [start[i] as number, start[i + 1] as number];
      if (from === to) continue;
      const corner = (k: number): string => this.#at([vertices[2 * k] as number, vertices[2 * k + 1] as number]);
      const text = Array.from({ length: to - from }, (_, k) => corner(from + k)).join("L");
      const colour = colours.get(i);
      shapes.push(
        svg("path", {
          d: `M${text}Z`,
          "data-cell": i,
          fill: colour === undefined ? "var(--ground)" : `var(--c${colour})`,
          "fill-opacity": colour === undefined ? 1 : 0.22,
        }),
      );
    }
    this.#cells.replaceChildren(...shapes);
    const line = (kind: string, some: readonly Edge[]): SVGPathElement =>
      svg("path", { class: kind, d: some.map(({ from, to }) => `M${this.#at(from)}L${this.#at(to)}`).join("") });
    this.#edges.replaceChildren(
      line(
        "joined",
        edges.filter(({ angle }) => angle <= limit),
      ),
      line(
        "singular",
        edges.filter(({ angle }) => angle > limit),
      ),
    );
    this.#corners.replaceChildren(
      ...corners.flatMap((corner, n) => {
        const [x, y] = this.#xy(corner);
        return [
          svg("circle", { cx: x, cy: y, r: 10 }),
          svg("text", { x, y: y + 4.5, "text-anchor": "middle" }, String(n + 1)),
        ];
      }),
    );
    this.#stored.replaceChildren();
    this.trail([]);
  }

  /** Puts the pictures of stored codes into their cells. */
  fill(spots: readonly Spot[], pictures: Pictures): void {
    this.#stored.replaceChildren(
      ...spots.map(({ middle, radius }, n) => {
        const side = (radius / this.#half) * SIDE * 0.7;
        const [x, y] = this.#xy(middle);
        return svg("image", { href: inked(pictures, n), x: x - side / 2, y: y - side / 2, width: side, height: side });
      }),
    );
  }

  move(at: Pair): void {
    const [x, y] = this.#xy(at);
    this.#point.setAttribute("cx", String(x));
    this.#point.setAttribute("cy", String(y));
  }

  /** The way that was walked. */
  trail(points: readonly Pair[]): void {
    this.#trail.setAttribute("points", points.map((point) => this.#at(point)).join(" "));
  }

  #xy([a, b]: Pair): [number, number] {
    return [round((SIDE * (1 + a / this.#half)) / 2), round((SIDE * (1 - b / this.#half)) / 2)];
  }

  #at(point: Pair): string {
    return this.#xy(point).join(",");
  }
}

const round = (value: number): number => Math.round(value * 100) / 100;

/** The cells that have room for a picture, the roomiest first. */
export function spotsOf({ start, vertices }: Polygons, half: number): Spot[] {
  const spots: Spot[] = [];
  for (let cell = 0; cell + 1 < start.length; cell++) {
    const [from, to] = [start[cell] as number, start[cell + 1] as number];
    if (to - from < 3) continue;
    const all = Array.from({ length: to - from }, (_, k): Pair => {
      return [vertices[2 * (from + k)] as number, vertices[2 * (from + k) + 1] as number];
    });
    const middle = centroid(all);
    const radius = Math.min(
      ...all.map(([ax, ay], k) => {
        const [bx, by] = all[(k + 1) % all.length] as Pair;
        const length = Math.hypot(bx - ax, by - ay);
        const area = (bx - ax) * (middle[1] - ay) - (by - ay) * (middle[0] - ax);
        return length > 0 ? area / length : Number.POSITIVE_INFINITY;
      }),
    );
    if ((radius / half) * SIDE * 0.7 >= LEAST) spots.push({ cell, middle, radius });
  }
  return spots.sort((a, b) => b.radius - a.radius).slice(0, MOST);
}

function centroid(polygon: readonly Pair[]): Pair {
  const [ox, oy] = polygon[0] as Pair;
  let [x, y, area] = [0, 0, 0];
  for (const [k, [ax, ay]] of polygon.entries()) {
    const [bx, by] = polygon[(k + 1) % polygon.length] as Pair;
    const part = (ax - ox) * (by - oy) - (bx - ox) * (ay - oy);
    area += part;
    x += part * (ax + bx - 2 * ox);
    y += part * (ay + by - 2 * oy);
  }
  return area === 0 ? [ox, oy] : [ox + x / (3 * area), oy + y / (3 * area)];
}

/** A colour for each cell that is joined with others, the same for all that hang together. */
function coloursOf(edges: readonly Edge[], count: number, limit: number): ReadonlyMap<number, number> {
  const parent = Int32Array.from({ length: count }, (_, i) => i);
  const rootOf = (i: number): number => {
    let at = i;
    while (parent[at] !== at) at = parent[at] as number;
    parent[i] = at;
    return at;
  };
  const joined = edges.filter(({ angle }) => angle <= limit);
  for (const { between } of joined) parent[rootOf(between[1])] = rootOf(between[0]);
  const members = new Map<number, number[]>();
  for (const i of new Set(joined.flatMap(({ between }) => between))) {
    members.set(rootOf(i), [...(members.get(rootOf(i)) ?? []), i]);
  }
  const groups = [...members.values()].sort((a, b) => b.length - a.length);
  return new Map(groups.flatMap((group, at) => group.map((cell) => [cell, at % 10] as const)));
}
