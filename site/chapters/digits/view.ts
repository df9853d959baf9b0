// The plane of a generator's noise that is open, with all that is told of a point.
import type { Polygons } from "../../../src/ot/exact/plane/polygons.ts";
import type { Context } from "../../shell/chapter.ts";
import type { Step } from "../../shell/controls.ts";
import { button, type Figures, figures, html, slider } from "../../shell/elements.ts";
import { isLost } from "../../shell/gpu.ts";
import { part, pictureCanvas, show } from "../pictures/canvas.ts";
import { changes, type Generator, type Look } from "./generator.ts";
import { PlaneMap, spotsOf } from "./map.ts";
import { type Edge, edgesOf, nearestOn, pointAt, sidesOf, type View, viewThrough } from "./plane.ts";
import { joined, rowsOf } from "./rows.ts";
import { Strips } from "./strips.ts";

type Pair = readonly [a: number, b: number];

/** Steps of a walk to the next facet; the last leads over it. */
const WALK = 24;
/** How far a walk leads beyond the facet at most, as a share of half the side of what is seen. */
const BEYOND = 0.02;
const DRAWS = ["p", "q", "r"] as const;
const MOST_DRAWS = 1_000_000;
const place = (value: number): string => value.toFixed(2);
const degrees = (angle: number): string => (Number.isNaN(angle) ? "–" : `${((180 * angle) / Math.PI).toFixed(1)}°`);

export class Plane {
  readonly element: HTMLElement;
  readonly #generator: Generator;
  readonly #context: Context;
  readonly #map = new PlaneMap((at) => {
    this.#context.controls.stop();
    void this.#guarded(() => this.#stand(at));
  });
  readonly #figures: Figures;
  readonly #three = pictureCanvas("The picture drawn, the cell's stored one, and the one across the facet", "three", 3);
  readonly #strips = new Strips();
  readonly #right = slider("To the right", { min: -1, max: 1, step: 0.005, value: 0, show: place }, () => this.#slid());
  readonly #up = slider("Upwards", { min: -1, max: 1, step: 0.005, value: 0, show: place }, () => this.#slid());
  readonly #numbers: readonly HTMLInputElement[];
  readonly #draws: number[];
  readonly #leaving = new AbortController();
  readonly #onLost: () => void;
  #view: View | undefined;
  #edges: readonly Edge[] = [];
  #at: Pair = [0, 0];
  #look: Look | undefined;
  /** Where to look once the look under way is done. */
  #wanted: Pair | undefined;
  #looking: Promise<void> | undefined;

  /** @param onLost called once the GPU is lost: the plane draws no more */
  constructor(generator: Generator, context: Context, onLost: () => void) {
    this.#onLost = onLost;
    this.#generator = generator;
    this.#context = context;
    this.#figures = figures({
      cell: "Cell",
      across: "Across the facet",
      angle: "Angle to it",
      distance: "Distance",
      ...(generator.drawing && { partner: "Mixed with", jump: "Greatest change" }),
    });
    context.signal.addEventListener("abort", () => this.#leaving.abort(), { once: true });
    this.#draws = DRAWS.map((key, n) => Math.round(context.state.number(key, n, 0, MOST_DRAWS)));
    this.#numbers = DRAWS.map((key, n) => {
      const value = this.#draws[n] as number;
      const input = html("input", { type: "number", min: 0, max: MOST_DRAWS, step: 1, value, "data-draw": key });
      input.addEventListener("change", () => void this.#guarded(() => this.#choose(n, input)));
      return input;
    });
    const { config, transport, version } = generator.values;
    const { height, width, channels, latent } = config;
    const about =
      `${generator.name}: ${transport.problem.targets.count.toLocaleString("en")} stored codes in ${latent} dimensions, ` +
      `pictures of ${height} × ${width} × ${channels}${version === undefined ? "" : `, by brenier ${version}`}`;
    const limit = degrees(generator.limit);
    this.element = html(
      "div",
      { class: "digits" },
      html("p", { class: "about", "data-about": "" }, about),
      html(
        "div",
        { class: "split" },
        html(
          "figure",
          { class: "sheet" },
          this.#map.element,
          html(
            "figcaption",
            {},
            `The plane through three draws, cut by the cells. At red edges the angle is above ${limit}, and the map ` +
              `jumps. Grey edges join cells of one colour: there the map mixes the two codes where no other cell ` +
              `near by is at a smaller angle, and else it jumps too.`,
          ),
        ),
        html(
          "div",
          { class: "side" },
          html(
            "div",
            { class: "sheet" },
            ...(generator.drawing
              ? [
                  this.#three,
                  html(
                    "p",
                    { class: "names" },
                    html("span", {}, "drawn"),
                    html("span", {}, "stored"),
                    html("span", {}, "across"),
                  ),
                ]
              : []),
            this.#figures.element,
          ),
          html(
            "div",
            { class: "sheet side" },
            this.#right.element,
            this.#up.element,
            html(
              "fieldset",
              { class: "draws" },
              html("legend", {}, "Through the draws number"),
              ...this.#numbers.map((input, n) => html("label", {}, html("span", {}, `${n + 1}`), input)),
            ),
            button(
              "Walk over the next singular facet",
              () => void context.controls.start((signal) => this.#walking(signal)),
              {
                class: "primary",
                "data-walk": "",
              },
            ),
          ),
        ),
      ),
      ...(generator.drawing ? [this.#strips.element] : []),
    );
  }

  /** Draws the plane that the address names. */
  async begin(): Promise<void> {
    await this.#plane();
    const { state, save } = this.#context;
    const half = this.#view?.half ?? 1;
    await this.#stand([state.number("a", 0, -half, half), state.number("b", 0, -half, half)]);
    save.offer({ name: "digits", picture: () => this.#map.element, points: () => rowsOf(this.#look) });
  }

  dispose(): void {
    this.#leaving.abort();
  }

  /** Another draw was chosen. */
  async #choose(n: number, input: HTMLInputElement): Promise<void> {
    const value = input.valueAsNumber;
    if (!(Number.isSafeInteger(value) && value >= 0 && value <= MOST_DRAWS)) {
      input.value = String(this.#draws[n]);
      const most = MOST_DRAWS.toLocaleString("en");
      this.#context.tell(`Draws have whole numbers from 0 to ${most}; draw ${input.value} stays.`, "bad");
      return;
    }
    this.#draws[n] = value;
    this.#context.tell("");
    this.#context.controls.stop();
    await this.#plane();
    await this.#stand([0, 0]);
  }

  /** Tells of what fails. */
  async #guarded(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (this.#leaving.signal.aborted) return;
      if (await isLost()) this.#onLost();
      else this.#context.tell(`${(error as Error).message}.`, "bad");
    }
  }

  async #plane(): Promise<void> {
    const { signal } = this.#leaving;
    const draws = [...this.#draws];
    const rows = await this.#generator.noise(1, draws, signal);
    const view = viewThrough(rows, this.#generator.values.config.latent);
    const cells = await this.#generator.cells(view, signal);
    this.#view = view;
    this.#edges = edgesOf(cells, this.#generator.angleOf);
    for (const { input } of [this.#right, this.#up]) {
      input.min = String(-view.half);
      input.max = String(view.half);
      input.step = String(view.half / 200);
    }
    this.#map.show(view, cells, this.#edges, this.#generator.limit);
    this.#context.state.set(Object.fromEntries(DRAWS.map((key, n) => [key, draws[n]])));
    void this.#guarded(() => this.#fill(cells, view));
  }

  async #fill(cells: Polygons, view: View): Promise<void> {
    const spots = spotsOf(cells, view.half);
    const { signal } = this.#leaving;
    const pictures = await this.#generator.stored(
      spots.map(({ cell }) => cell),
      signal,
    );
    if (pictures === undefined) return;
    const fill = (): void => {
      if (this.#view === view) this.#map.fill(spots, pictures);
    };
    fill();
    // Pictures of one channel are drawn in the ink of the theme.
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", fill, { signal });
  }

  #slid(): void {
    this.#context.controls.stop();
    void this.#guarded(() => this.#stand([this.#right.input.valueAsNumber, this.#up.input.valueAsNumber]));
  }

  /** Stands at a point, and tells of it as soon as what is told before is done. */
  async #stand(at: Pair): Promise<void> {
    this.#at = at;
    this.#map.move(at);
    this.#right.set(at[0]);
    this.#up.set(at[1]);
    this.#context.state.set({ a: at[0].toFixed(4), b: at[1].toFixed(4) });
    this.#wanted = at;
    this.#looking ??= this.#tell().finally(() => {
      this.#looking = undefined;
    });
    await this.#looking;
  }

  async #tell(): Promise<void> {
    while (this.#wanted !== undefined && this.#view !== undefined) {
      const at = this.#wanted;
      this.#wanted = undefined;
      const look = await this.#generator.look(pointAt(this.#view, at), this.#leaving.signal);
      this.#look = look;
      this.#write(look);
      this.element.dataset["at"] = at.map((value) => value.toFixed(4)).join(" ");
    }
  }

  #write({ facet, drawn }: Look): void {
    const { cell, across, distance, angle } = facet;
    this.#figures.set("cell", String(cell));
    this.#figures.set("across", across < 0 ? "none" : String(across));
    this.#figures.set("angle", degrees(angle));
    this.#figures.set("distance", Number.isFinite(distance) ? distance.toPrecision(4) : "–");
    this.element.dataset["jumps"] = String(angle > this.#generator.limit);
    if (drawn === undefined) return;
    const { codes, three } = drawn;
    const partner = codes.partner[0] as number;
    const share = (100 * (codes.weight[0] as number)).toFixed(1);
    this.#figures.set("partner", partner < 0 ? "none" : `${partner}, ${share}\u00a0%`);
    show(this.#three, three, 3, 2);
    this.#figures.set("jump", this.#strips.show(drawn, facet.angle, this.#generator.limit).toFixed(3));
  }

  async *#walking(signal: AbortSignal): AsyncGenerator<Step, string, undefined> {
    try {
      return yield* this.#walk(signal);
    } catch (error) {
      if (signal.aborted || !(await isLost())) throw error;
      this.#onLost();
      return "";
    }
  }

  /** From here to the nearest edge where the map jumps, and a step over it. */
  async *#walk(signal: AbortSignal): AsyncGenerator<Step, string, undefined> {
    const singular = this.#edges.filter(({ angle }) => angle > this.#generator.limit);
    const from = this.#at;
    const found = nearestOn(singular, from);
    if (found === undefined) return "No edge in this plane is singular; choose other draws.";
    const [near, beyond] = sidesOf(this.#edges, found, from, BEYOND * (this.#view?.half ?? 1));
    const trail: Pair[] = [];
    let before = this.#look;
    let change: number | undefined;
    for (let n = 0; n <= WALK && !signal.aborted; n++) {
      const t = n / (WALK - 1);
      const at: Pair = n === WALK ? beyond : [(1 - t) * from[0] + t * near[0], (1 - t) * from[1] + t * near[1]];
      trail.push(at);
      before = this.#look;
      await this.#stand(at);
      this.#map.trail(trail);
      const [last, drawn] = [before?.drawn, this.#look?.drawn];
      if (last !== undefined && drawn !== undefined) {
        [change] = changes(joined(part(last.three, 0, 1), part(drawn.three, 0, 1)));
      }
      const changed = n === 0 || change === undefined ? "" : `, changed by ${change.toFixed(3)}`;
      yield { text: `Cell ${this.#look?.facet.cell}${changed}`, done: n, of: WALK };
    }
    const changed = change === undefined ? "" : `; the picture changed by ${change.toFixed(3)} there`;
    const cells = `from cell ${before?.facet.cell} to ${this.#look?.facet.cell}`;
    return `Walked over the red edge ${cells}, at ${degrees(found.edge.angle)}${changed}.`;
  }
}
