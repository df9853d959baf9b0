import { short } from "../../../pages/report/theme.ts";
import type { Chapter, Context } from "../../shell/chapter.ts";
import type { Step } from "../../shell/controls.ts";
import { choices, figures, html, slider } from "../../shell/elements.ts";
import { type Cloud, cloudOf, SETS, type SetName, SOURCES, type SourceName } from "../cells/cloud.ts";
import { MapPicture } from "./plane.ts";
import { DIFFERENCE, type Place, type Potentials, places, potentialSteps, REACH } from "./potentials.ts";
import { Surface, type Which } from "./surface.ts";

/** Places along a side at which map and potential are compared, and rows of them in one step. */
const SIDE = 27;
/** Map and gradient are equal where they differ by less. */
const EQUAL = 1e-6;

/** What is said of each surface. */
const ABOUT: Readonly<Record<Which, string>> = {
  u: "u = |x|²/2 − φ is convex and flat over each cell; its slope is T(x).",
  phi: "φ = |x|²/2 − u is curved alike over each cell; its slope is x − T(x), how far mass is moved.",
};

export const chapter: Chapter = {
  section: "the generator as the transport map and the discriminator as the potential",
  sentences: [
    "The surface is the discriminator, a potential that prices each place; the arrows are the generator, the map that moves noise to points.",
    "Each gives the other: the slope of u is the map, and the map, summed along any way, is u; the surface has the colours of the points that the map leads to.",
    "So the two need not compete: one convex problem finds both.",
  ],
  mount: (host, context) => new Cooperation(host, context),
};

class Cooperation {
  readonly #context: Context;
  readonly #surface = new Surface();
  readonly #map = new MapPicture(
    (place) => this.#look(place),
    () => this.#place,
  );
  readonly #figures = figures({
    phi: "φ(x)",
    phiFromMap: "φ(x) from T alone",
    map: "T(x)",
    mapFromPhi: "T(x) from φ alone",
  });
  readonly #ends = figures({
    dual: "W₂ by the potential",
    primal: "W₂ by the map",
    gradients: "Slopes equal to the map",
    integrals: "Largest error of sums",
  });
  readonly #caption = html("figcaption");
  #set: SetName;
  #source: SourceName;
  #n: number;
  #which: Which;
  #turn: number;
  #place: Place;
  #potentials: Potentials | undefined;
  #rebuilt: (readonly [Place, number])[] = [];

  constructor(host: HTMLElement, context: Context) {
    this.#context = context;
    const { state } = context;
    this.#set = state.choice("set", ["ring", "spiral", "grid"]);
    this.#source = state.choice("source", ["cube", "gaussian"]);
    this.#n = Math.round(state.number("n", 12, 1, 80));
    this.#which = state.choice("which", ["u", "phi"]);
    this.#turn = state.number("turn", 0.5, -3.2, 3.2);
    this.#place = [state.number("x", 0.2, -10, 10), state.number("y", 0.1, -10, 10)];
    const anew = (key: string, value: string | number): void => {
      state.set({ [key]: value });
      this.#start();
    };
    const turn = slider(
      "Seen from",
      {
        min: -3.14,
        max: 3.14,
        step: 0.02,
        value: this.#turn,
        show: (angle) => `${Math.round((180 * angle) / Math.PI)}°`,
      },
      (angle) => {
        this.#turn = angle;
        state.set({ turn: angle });
        this.#draw();
      },
    );
    const settings = html(
      "div",
      { class: "sheet settings" },
      choices("Points", SETS, this.#set, (set) => {
        this.#set = set;
        anew("set", set);
      }),
      slider("Number of points", { min: 1, max: 80, step: 1, value: this.#n }, (n) => {
        this.#n = n;
        anew("n", n);
      }).element,
      choices("Mass to move", SOURCES, this.#source, (source) => {
        this.#source = source;
        anew("source", source);
      }),
      choices("Surface", { u: "u, Brenier’s", phi: "φ, Kantorovich’s" }, this.#which, (which) => {
        this.#which = which;
        state.set({ which });
        this.#draw();
      }),
    );
    host.append(
      settings,
      html(
        "div",
        { class: "pair" },
        html(
          "figure",
          { class: "sheet" },
          html("h2", {}, "Discriminator: the potential"),
          this.#surface.element,
          turn.element,
          this.#caption,
        ),
        html(
          "figure",
          { class: "sheet" },
          html("h2", {}, "Generator: the slope of u, the map"),
          this.#map.element,
          html("p", { class: "hint" }, "Point at a place x, or move it by arrow keys."),
          this.#figures.element,
        ),
      ),
      html("div", { class: "sheet under" }, this.#ends.element),
    );
    context.save.offer({ name: "potential", picture: () => this.#surface.element, points: () => this.#table() });
    this.#drag();
    this.#start();
  }

  dispose(): void {
    // Nothing outlives its elements.
  }

  /** Turns the surface as it is dragged. */
  #drag(): void {
    const { element } = this.#surface;
    let from: number | undefined;
    element.addEventListener("pointerdown", (event) => {
      from = event.clientX;
      element.setPointerCapture(event.pointerId);
    });
    element.addEventListener("pointermove", ({ clientX }) => {
      if (from === undefined) return;
      this.#turn = ((this.#turn - (clientX - from) / 150 + 3 * Math.PI) % (2 * Math.PI)) - Math.PI;
      from = clientX;
      this.#draw();
    });
    const end = (): void => {
      from = undefined;
      this.#context.state.set({ turn: Number(this.#turn.toFixed(2)) });
    };
    element.addEventListener("pointerup", end);
    element.addEventListener("pointercancel", end);
  }

  #start(): void {
    this.#context.tell("");
    const cloud = cloudOf(this.#set, this.#n, this.#source);
    const source = this.#source;
    void this.#context.controls.start(() => this.#work(cloud, source));
  }

  *#work(cloud: Cloud, source: SourceName): Generator<Step, string> {
    this.#rebuilt = [];
    for (const key of ["dual", "primal", "gradients", "integrals"]) this.#ends.set(key, "…");
    const steps = potentialSteps(cloud, source);
    let solved: Potentials | undefined;
    for (let step = 0; solved === undefined; step++) {
      const { done, value } = steps.next();
      this.#potentials = done === true ? value.solved : value;
      if (done === true) {
        solved = value.solved;
        this.#ends.set("dual", short(value.w2[0], 7));
        this.#ends.set("primal", short(value.w2[1], 7));
      }
      this.#draw();
      yield { text: step === 0 ? "All heights are 0: one cell may take all" : `Newton’s step ${step}` };
    }
    const all = places(source, SIDE);
    let [equal, worst] = [0, 0];
    for (const [k, place] of all.entries()) {
      const [map, slope] = [solved.map(place), solved.mapFromPhi(place)];
      if (Math.hypot(map[0] - slope[0], map[1] - slope[1]) <= EQUAL) equal++;
      const sum = solved.phiFromMap(place);
      worst = Math.max(worst, Math.abs(sum - solved.phi(place)));
      this.#rebuilt.push([place, sum]);
      if ((k + 1) % SIDE !== 0 && k + 1 < all.length) continue;
      this.#ends.set("gradients", `${equal} of ${k + 1}`);
      this.#ends.set("integrals", short(worst, 2));
      this.#draw();
      yield { text: `Each from the other at ${k + 1} of ${all.length} places`, done: k + 1, of: all.length };
    }
    const rest = all.length - equal;
    const where = rest === 0 ? "" : `, but for ${rest} within ${short(DIFFERENCE)} of a jump`;
    return `Slopes are the map at all ${all.length} places${where}; sums differ by ${short(worst, 2)} at most.`;
  }

  #look([x, y]: Place): void {
    const reach = REACH[this.#source];
    const within = (value: number): number => Number(Math.max(-reach, Math.min(reach, value)).toFixed(4));
    this.#place = [within(x), within(y)];
    this.#context.state.set({ x: this.#place[0], y: this.#place[1] });
    this.#draw();
  }

  #draw(): void {
    const [potentials, place] = [this.#potentials, this.#place];
    if (potentials === undefined) return;
    this.#surface.draw(potentials, { which: this.#which, turn: this.#turn, place, rebuilt: this.#rebuilt });
    this.#map.draw(potentials, place);
    this.#caption.textContent = `${ABOUT[this.#which]} Dots: the potential as summed up from the map.`;
    const pair = ([x, y]: Place): string => `${short(x, 3)}, ${short(y, 3)}`;
    this.#figures.set("phi", short(potentials.phi(place), 5));
    this.#figures.set("phiFromMap", short(potentials.phiFromMap(place), 5));
    this.#figures.set("map", pair(potentials.map(place)));
    this.#figures.set("mapFromPhi", pair(potentials.mapFromPhi(place)));
  }

  #table(): (string | number)[][] {
    const rows = this.#rebuilt.map(([place, sum]) => {
      const potentials = this.#potentials as Potentials;
      return [
        ...place,
        potentials.u(place),
        potentials.phi(place),
        sum,
        ...potentials.map(place),
        ...potentials.mapFromPhi(place),
      ];
    });
    return [["x", "y", "u", "phi", "phi from map", "map x", "map y", "map x from phi", "map y from phi"], ...rows];
  }
}
