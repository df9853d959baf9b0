import { type Polygons, polygon } from "../../src/ot/exact/plane/polygons.ts";
import { svg } from "../shell/elements.ts";
import { withinDisc } from "./clip.ts";
import { outline, type View } from "./view.ts";

/** Gaussian mass is shown up to this radius, beyond which lies 0.6 % of it. */
export const RIM = 3.2;

/** The vertices of a cell as far as it is shown: under a Gaussian within a disc. */
export const seenCell = (cells: Polygons, i: number, source: "cube" | "gaussian"): readonly number[] =>
  source === "gaussian" ? withinDisc(polygon(cells, i), RIM) : Array.from(polygon(cells, i));

/** The number of children that a group needs, made or taken away. */
export function fill(group: SVGGElement, count: number, make: () => SVGElement): void {
  while (group.children.length > count) group.lastElementChild?.remove();
  while (group.children.length < count) group.append(make());
}

/** Draws all cells into a group, each in its colour. */
export function drawAreas(
  group: SVGGElement,
  cells: Polygons,
  { view, source, colour }: { readonly view: View; readonly source: "cube" | "gaussian"; colour(i: number): string },
): void {
  const count = cells.start.length - 1;
  fill(group, count, () => svg("path"));
  for (let i = 0; i < count; i++) {
    const area = group.children[i] as SVGPathElement;
    area.setAttribute("d", outline(view, seenCell(cells, i, source)));
    area.setAttribute("fill", colour(i));
  }
}
