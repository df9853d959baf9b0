import type { Facets } from "brenier/ot";
import { short } from "../../../pages/report/theme.ts";
import { nearestCentre, OFF } from "../../../src/experiments/plane/clusters.ts";
import { placeColour } from "../../plane/colour.ts";
import { SIZE, unit, viewOf } from "../../plane/view.ts";
import { figures, html, svg } from "../../shell/elements.ts";
import { GRID, HALF, MODES, RING, scoresOf } from "./systems.ts";

const NOISE = viewOf(HALF);
const PLANE = viewOf(1.5);
/** Colours of the modes; what is in none is red. */
const COLOURS = RING.centres.map(([x, y]) => placeColour(x, y, 1));

/**
 * A system: the noise plane in the colours of the modes that it is sent to, and the images of the
 * noise among the modes.
 */
export class SystemPanel {
  readonly element: HTMLElement;
  readonly noise = svg("svg", { viewBox: `0 0 ${SIZE} ${SIZE}`, class: "picture noise", role: "img" });
  readonly images = svg("svg", { viewBox: `0 0 ${SIZE} ${SIZE}`, class: "picture images", role: "img" });
  readonly #areas = svg("g", { class: "areas" });
  readonly #singular = svg("path", { class: "singular" });
  readonly #dots = svg("g", { class: "dots" });
  readonly #step = html("span", { class: "name" });
  readonly #figures;

  constructor(key: string, title: string, text: string) {
    this.noise.setAttribute("aria-label", `${title}: the noise plane in the colours of where it is sent`);
    this.images.setAttribute("aria-label", `${title}: images of the noise`);
    this.noise.append(this.#areas, this.#singular);
    const rings = RING.centres.map(([x, y]) =>
      svg("circle", { cx: unit(PLANE.x(x)), cy: unit(PLANE.y(y)), r: unit(OFF * RING.sd * PLANE.scale) }),
    );
    this.images.append(svg("g", { class: "modes" }, ...rings), this.#dots);
    this.#figures = figures({
      [`${key}-modes`]: "Modes",
      [`${key}-good`]: "In a mode",
      [`${key}-off`]: "Outside",
      [`${key}-divergence`]: "KL to even",
    });
    this.element = html(
      "figure",
      { class: "sheet system" },
      html("h2", {}, title, " ", this.#step),
      html("figcaption", {}, text),
      html("div", { class: "two" }, this.noise, this.images),
      this.#figures.element,
    );
  }

  clear(): void {
    this.#areas.replaceChildren();
    this.#dots.replaceChildren();
    this.#singular.setAttribute("d", "");
  }

  /** Shows the set where the exact map jumps from mode to mode. */
  showSingular({ count, ends }: Facets): void {
    let path = "";
    for (let f = 0; f < count; f++) {
      const [a = 0, b = 0, c = 0, d = 0] = ends.subarray(4 * f, 4 * f + 4);
      path += `M${unit(NOISE.x(a))} ${unit(NOISE.y(b))}L${unit(NOISE.x(c))} ${unit(NOISE.y(d))}`;
    }
    this.#singular.setAttribute("d", path);
  }

  show(key: string, step: string, images: Float32Array, grid: Float32Array): void {
    this.#step.textContent = step;
    this.#drawGrid(grid);
    this.#drawDots(images);
    const { modes, good, off, divergence } = scoresOf(images);
    this.#figures.set(`${key}-modes`, `${modes} of ${MODES}`);
    this.#figures.set(`${key}-good`, `${short(100 * good, 3)} %`);
    this.#figures.set(`${key}-off`, `${short(100 * off, 3)} %`);
    this.#figures.set(`${key}-divergence`, `${short(divergence, 2)}`);
  }

  #drawGrid(grid: Float32Array): void {
    const { index, distance } = nearestCentre(RING, grid);
    const paths = new Array<string>(MODES + 1).fill("");
    const size = SIZE / GRID;
    const kind = (at: number): number => ((distance[at] as number) > OFF ? MODES : (index[at] as number));
    for (let r = 0; r < GRID; r++) {
      for (let from = 0, to = 0; from < GRID; from = to) {
        const found = kind(r * GRID + from);
        for (to = from + 1; to < GRID && kind(r * GRID + to) === found; to++);
        // A little overlap leaves no seams.
        paths[found] +=
          `M${unit(from * size)} ${unit(r * size)}h${unit((to - from) * size + 0.5)}v${unit(size + 0.5)}H${unit(from * size)}Z`;
      }
    }
    this.#areas.replaceChildren(...paths.map((d, k) => svg("path", { d, ...lookOf(k, "fill") })));
  }

  #drawDots(images: Float32Array): void {
    const { index, distance } = nearestCentre(RING, images);
    const paths = new Array<string>(MODES + 1).fill("");
    for (const [m, far] of distance.entries()) {
      const k = far > OFF ? MODES : (index[m] as number);
      paths[k] += `M${unit(PLANE.x(images[2 * m] as number))} ${unit(PLANE.y(images[2 * m + 1] as number))}h0`;
    }
    this.#dots.replaceChildren(...paths.map((d, k) => svg("path", { d, ...lookOf(k, "stroke") })).reverse());
  }
}

/** The colour of a mode, or the class of what is in none. */
const lookOf = (k: number, attribute: "fill" | "stroke"): Readonly<Record<string, string>> =>
  k === MODES ? { class: "off" } : { [attribute]: COLOURS[k] as string };
