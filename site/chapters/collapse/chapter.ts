import { SIZE } from "../../plane/view.ts";
import type { Chapter, Context } from "../../shell/chapter.ts";
import type { Step } from "../../shell/controls.ts";
import { choices, html, slider, svg } from "../../shell/elements.ts";
import { counted } from "../../shell/words.ts";
import { SystemPanel } from "./panel.ts";
import { fitSteps, ganSteps, type Ring, ringSteps, type Seen, transported } from "./systems.ts";

/** Steps of both trainings, each of one batch of 128 rows. */
const STEPS = { "128": "128", "512": "512", "2048": "2,048", "8192": "8,192" } as const;
/** Steps of which a picture is shown, and the fewest between two. */
const [SHOWN, APART] = [32, 16];

export const chapter: Chapter = {
  section: "the regularity of transport maps, mode collapse and mode mixing",
  sentences: [
    "The data are eight clusters on a ring, so the best map from noise tears the plane along the red lines, where it jumps from one cluster to the next.",
    "A network is continuous and cannot jump: fitted to that map, it smears noise near the red lines over the space between the clusters.",
    "A GAN, given the same points for the same number of steps, has to find both at once: it leaves clusters out, fills the gaps between them, or both.",
  ],
  withoutGpu: "The exact transport is shown alone.",
  mount: (host, context) => new Collapse(host, context),
};

class Collapse {
  readonly #context: Context;
  readonly #panels = {
    transport: new SystemPanel("transport", "Transport", "Exact; it may jump, and does so on the red lines."),
    fit: new SystemPanel("fit", "A continuous network", "Fitted to the exact map by least squares."),
    gan: new SystemPanel("gan", "A GAN", "Generator and discriminator, on the same points."),
  };
  /** In the place of what needs a GPU. */
  readonly #instead = html(
    "p",
    { class: "sheet instead", hidden: true },
    "The continuous network and the GAN are trained on a GPU. There is none here, so that the exact transport is shown alone.",
  );
  #ring: Ring | undefined;
  #images: Partial<Record<"transport" | "fit" | "gan", Float32Array>> = {};
  #steps: keyof typeof STEPS;
  #seed: number;

  constructor(host: HTMLElement, context: Context) {
    this.#context = context;
    const { state } = context;
    this.#steps = state.choice("steps", ["2048", "128", "512", "8192"]);
    this.#seed = Math.round(state.number("seed", 1, 1, 9));
    const settings = html(
      "div",
      { class: "sheet settings" },
      choices("Steps of each training", STEPS, this.#steps, (steps) => {
        this.#steps = steps;
        state.set({ steps });
        this.#start();
      }),
      slider("Seed", { min: 1, max: 9, step: 1, value: this.#seed }, (seed) => {
        this.#seed = seed;
        state.set({ seed });
        this.#start();
      }).element,
      html(
        "p",
        { class: "hint" },
        "The noise plane has the colours of the clusters that noise is sent to, red where it is sent to none; below or beside it is what becomes of 2,000 draws.",
      ),
    );
    const { transport, fit, gan } = this.#panels;
    host.append(
      settings,
      html("div", { class: "systems" }, transport.element, fit.element, gan.element, this.#instead),
    );
    context.save.offer({ name: "collapse", picture: () => this.#picture(), points: () => this.#table() });
    this.#start();
  }

  dispose(): void {
    // Trainings end with the signal of their work.
  }

  #start(): void {
    this.#context.tell("");
    void this.#context.controls.start((signal) => this.#work(signal));
  }

  async *#work(signal: AbortSignal): AsyncGenerator<Step, string> {
    this.#images = {};
    for (const panel of Object.values(this.#panels)) panel.clear();
    const solving = ringSteps(this.#seed);
    let ring: Ring | undefined;
    for (let steps = 1; ring === undefined; steps++) {
      const { done, value } = solving.next();
      if (done === true) ring = value;
      else yield { text: `Newton’s step ${steps}` };
    }
    this.#ring = ring;
    for (const key of ["transport", "fit"] as const) this.#panels[key].showSingular(ring.singular);
    const { noise, grid } = ring;
    this.#show("transport", "", { images: transported(ring, noise), grid: transported(ring, grid) });
    yield { text: "The exact transport stands. Asks for a GPU …" };
    const gpu = await this.#context.gpu();
    for (const { element } of [this.#panels.fit, this.#panels.gan]) element.hidden = gpu === null;
    this.#instead.hidden = gpu !== null;
    if (gpu === null) return "The exact transport stands; it reaches all clusters.";
    const steps = Number(this.#steps);
    const budget = { steps, seed: this.#seed, every: Math.max(APART, steps / SHOWN), signal };
    for (const [k, key] of (["fit", "gan"] as const).entries()) {
      const training = key === "fit" ? fitSteps(gpu, ring, budget) : ganSteps(gpu, ring, budget);
      for await (const seen of training) {
        if (signal.aborted) return "";
        this.#show(key, counted(seen.step, "step"), seen);
        const what = key === "fit" ? "The continuous network" : "The GAN";
        yield { text: `${what}: step ${seen.step} of ${seen.of}`, done: k * seen.of + seen.step, of: 2 * seen.of };
      }
    }
    return `All three, after ${counted(steps, "step")} of each training.`;
  }

  #show(key: "transport" | "fit" | "gan", step: string, { images, grid }: Pick<Seen, "images" | "grid">): void {
    this.#images[key] = images;
    this.#panels[key].show(key, step, images, grid);
  }

  /** Both pictures of each system that is shown. */
  #picture(): SVGSVGElement {
    const shown = Object.values(this.#panels).filter(({ element }) => !element.hidden);
    const height = shown.length * (SIZE + 20) - 20;
    const whole = svg("svg", { viewBox: `0 0 ${2 * SIZE + 20} ${height}`, class: "noise images" });
    for (const [row, { noise, images }] of shown.entries()) {
      for (const [column, picture] of [noise, images].entries()) {
        const moved = svg("svg", { x: column * (SIZE + 20), y: row * (SIZE + 20), width: SIZE, height: SIZE });
        moved.append(...[...picture.children].map((child) => child.cloneNode(true)));
        whole.append(moved);
      }
    }
    return whole;
  }

  #table(): (string | number)[][] {
    const noise = this.#ring?.noise ?? new Float32Array();
    const rows = Object.entries(this.#images).flatMap(([system, images]) =>
      Array.from({ length: noise.length / 2 }, (_, m) => [
        ...[system, noise[2 * m] as number, noise[2 * m + 1] as number],
        ...[images[2 * m] as number, images[2 * m + 1] as number],
      ]),
    );
    return [["system", "noise x", "noise y", "x", "y"], ...rows];
  }
}
