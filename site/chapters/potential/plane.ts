import { drawAreas, RIM } from "../../plane/areas.ts";
import { placeColour } from "../../plane/colour.ts";
import { SIZE, unit, type View, viewAround } from "../../plane/view.ts";
import { svg } from "../../shell/elements.ts";
import { type Place, type Potentials, REACH } from "./potentials.ts";

/** Places at which arrows of the map stand, along a side. */
const ARROWS = 13;

/** The map as arrows over its cells, and the place that is looked at, which can be moved. */
export class MapPicture {
  readonly element = svg("svg", {
    ...{ viewBox: `0 0 ${SIZE} ${SIZE}`, class: "picture arrows", tabindex: 0, role: "application" },
    "aria-label": "The map as arrows. Arrow keys move the place that is looked at.",
  });
  readonly #areas = svg("g", { class: "areas" });
  readonly #arrows = svg("path", { class: "field" });
  readonly #points = svg("g", { class: "points" });
  readonly #mark = svg("g", { class: "mark" });
  #view: View = viewAround([], 1);

  /** @param onMove is told of the place that is looked at from now on */
  constructor(onMove: (place: Place) => void, current: () => Place) {
    this.element.append(this.#areas, this.#arrows, this.#points, this.#mark);
    let held = false;
    const take = (event: PointerEvent): void => onMove(this.#view.at(this.element, event));
    this.element.addEventListener("pointerdown", (event) => {
      held = true;
      this.element.setPointerCapture(event.pointerId);
      take(event);
    });
    this.element.addEventListener("pointermove", (event) => held && take(event));
    for (const type of ["pointerup", "pointercancel"]) {
      this.element.addEventListener(type, () => {
        held = false;
      });
    }
    this.element.addEventListener("keydown", (event) => {
      const far = this.#view.half * (event.shiftKey ? 0.12 : 0.02);
      const across = { ArrowLeft: -far, ArrowRight: far }[event.key];
      const up = { ArrowUp: far, ArrowDown: -far }[event.key];
      if (across === undefined && up === undefined) return;
      const [x, y] = current();
      onMove([x + (across ?? 0), y + (up ?? 0)]);
      event.preventDefault();
    });
  }

  draw(potentials: Potentials, place: Place): void {
    const { cells, source, cloud } = potentials;
    const reach = source === "gaussian" ? RIM : REACH.cube;
    const view = viewAround(cloud.values, reach);
    this.#view = view;
    const widest = Math.max(1e-9, ...cloud.values.map(Math.abs));
    const colour = (i: number): string =>
      placeColour(cloud.values[2 * i] as number, cloud.values[2 * i + 1] as number, 0.8 * widest);
    drawAreas(this.#areas, cells, { view, source, colour });
    const at = ([x, y]: Place): string => `${unit(view.x(x))} ${unit(view.y(y))}`;
    let field = "";
    for (let r = 0; r < ARROWS; r++) {
      for (let c = 0; c < ARROWS; c++) {
        const from: Place = [reach * ((2 * c + 1) / ARROWS - 1), reach * ((2 * r + 1) / ARROWS - 1)];
        if (source === "gaussian" && Math.hypot(...from) > reach) continue;
        const [x, y] = potentials.map(from);
        field += `M${at(from)}L${at([from[0] + 0.3 * (x - from[0]), from[1] + 0.3 * (y - from[1])])}`;
      }
    }
    this.#arrows.setAttribute("d", field);
    this.#points.replaceChildren(
      ...Array.from(cloud.weights, (_, i) =>
        svg("circle", {
          cx: unit(view.x(cloud.values[2 * i] as number)),
          cy: unit(view.y(cloud.values[2 * i + 1] as number)),
          r: 3.5,
        }),
      ),
    );
    const to = potentials.map(place);
    this.#mark.replaceChildren(
      svg("path", { d: `M${at(place)}L${at(to)}` }),
      svg("circle", { cx: unit(view.x(place[0])), cy: unit(view.y(place[1])), r: 6 }),
    );
  }
}
