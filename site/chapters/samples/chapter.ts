import { short } from "../../../pages/report/theme.ts";
import { viewOf } from "../../plane/view.ts";
import type { Chapter, Context } from "../../shell/chapter.ts";
import { Chart, type Line } from "../../shell/chart.ts";
import type { Step } from "../../shell/controls.ts";
import { choices, html, slider, svg } from "../../shell/elements.ts";
import { cloudOf, REACH, SETS, type SetName, SOURCES, type SourceName } from "../cells/cloud.ts";
import { Panel } from "./panel.ts";
import { newtonSteps, problemOf, type Race, type Reached, sampleSteps } from "./race.ts";

/** Samples that the solvers by samples may use. */
const BUDGETS = { "18": "¼ million", "20": "1 million", "22": "4 million" } as const;
const SEED = 1;

export const chapter: Chapter = {
  section: "Monte Carlo integration of the cells and its convex optimisation",
  sentences: [
    "In the plane cells can be cut exactly, and Newton’s method takes a handful of steps; in 64 dimensions nobody cuts cells, but one can draw points and count.",
    "Two solvers do so here on this machine’s GPU, with equally many samples: the package’s own, and the published recipe.",
    "χ² is the mean squared relative error of the masses: its exact value is a line, and what fresh samples say of it a point with its 95 % interval.",
  ],
  withoutGpu: "Newton’s method on exact cells is shown alone.",
  mount: (host, context) => new Samples(host, context),
};

/** Why the published recipe ended. */
const STOPS: Readonly<Record<NonNullable<Reached["stop"]>, string>> = {
  budget: "which used all its samples",
  inSample: "which is content with its own samples",
  iterations: "which did all its steps",
  ...{ reached: "which reached its aim", stalled: "which stalled", steps: "which did all its steps" },
  single: "for one point",
};

class Samples {
  readonly #context: Context;
  readonly #panels = {
    newton: new Panel("newton", "Newton, exact", "No samples at all; only in one or two dimensions."),
    ours: new Panel("ours", "Samples", "Warm start, averaged steps, fresh samples."),
    paper: new Panel("paper", "The published recipe", "From 0, constant rate, the same samples in every step."),
  };
  readonly #chart = new Chart({ name: "χ² over the samples used", xLabel: "samples", height: 300, log: true });
  /** What needs a GPU, and the sentence in its place. */
  readonly #sampled: readonly HTMLElement[];
  readonly #instead = html(
    "p",
    { class: "sheet instead", hidden: true },
    "Both solvers by samples run on a GPU. There is none here, so that Newton’s side of the comparison is shown alone.",
  );
  #tracks: Record<"ours" | "paper", Reached[]> = { ours: [], paper: [] };
  #newton: Reached | undefined;
  #set: SetName;
  #source: SourceName;
  #n: number;
  #budget: keyof typeof BUDGETS;
  #lr: number;

  constructor(host: HTMLElement, context: Context) {
    this.#context = context;
    const { state } = context;
    this.#set = state.choice("set", ["spiral", "ring", "grid"]);
    this.#source = state.choice("source", ["gaussian", "cube"]);
    this.#n = Math.round(state.number("n", 200, 2, 500));
    this.#budget = state.choice("budget", ["20", "18", "22"]);
    this.#lr = state.number("lr", 0.01, 1e-5, 1);
    const change = (key: string, value: string | number): void => {
      state.set({ [key]: value });
      this.#start();
    };
    const settings = html(
      "div",
      { class: "sheet settings" },
      choices("Points", SETS, this.#set, (set) => {
        this.#set = set;
        change("set", set);
      }),
      slider("Number of points", { min: 2, max: 500, step: 1, value: this.#n }, (n) => {
        this.#n = n;
        change("n", n);
      }).element,
      choices("Mass to move", SOURCES, this.#source, (source) => {
        this.#source = source;
        change("source", source);
      }),
      choices("Samples for each", BUDGETS, this.#budget, (budget) => {
        this.#budget = budget;
        change("budget", budget);
      }),
      slider(
        "The recipe’s learning rate",
        { min: -4, max: 0, step: 0.25, value: Math.log10(this.#lr), show: (exponent) => short(10 ** exponent, 2) },
        (exponent) => {
          this.#lr = 10 ** exponent;
          change("lr", Number(this.#lr.toPrecision(3)));
        },
      ).element,
    );
    const { newton, ours, paper } = this.#panels;
    const curve = html(
      "figure",
      { class: "sheet under" },
      html("h2", {}, "χ² over the samples used"),
      this.#chart.element,
      html(
        "figcaption",
        {},
        "Red cells hold too much, blue ones too little. The last point of the samples is the average of their steps.",
      ),
    );
    this.#sampled = [ours.element, paper.element, curve];
    const panels = html("div", { class: "panels" }, newton.element, ours.element, paper.element, this.#instead);
    host.append(settings, panels, curve);
    context.save.offer({ name: "samples", picture: () => this.#picture(), points: () => this.#table() });
    this.#start();
  }

  dispose(): void {
    this.#chart.dispose();
  }

  #start(): void {
    this.#context.tell("");
    void this.#context.controls.start((signal) => this.#race(signal));
  }

  async *#race(signal: AbortSignal): AsyncGenerator<Step, string> {
    this.#tracks = { ours: [], paper: [] };
    for (const panel of Object.values(this.#panels)) panel.clear();
    const cloud = cloudOf(this.#set, this.#n, this.#source);
    const problem = problemOf(cloud.values, cloud.weights, this.#source);
    const race: Race = { problem, budget: 2 ** Number(this.#budget), seed: SEED };
    const newton = newtonSteps(problem);
    for (;;) {
      const { done, value } = newton.next();
      this.#newton = value;
      this.#show("newton", value, problem.nu);
      if (done === true) break;
      yield { text: `Newton’s step ${value.steps}: χ² ${short(value.chi2, 3)}` };
    }
    this.#drawChart();
    const solved = `Newton: χ² ${short(this.#newton.chi2, 2)} in ${this.#newton.steps} steps`;
    yield { text: `${solved}. Asks for a GPU …` };
    const gpu = await this.#context.gpu();
    for (const element of this.#sampled) element.hidden = gpu === null;
    this.#instead.hidden = gpu !== null;
    if (gpu === null) return `${solved}.`;
    for (const [key, recipe] of [
      ["ours", { name: "default" }],
      ["paper", { name: "paper", lr: this.#lr }],
    ] as const) {
      const steps = sampleSteps(gpu, race, recipe, signal);
      const name = key === "ours" ? "Samples" : "The recipe";
      for (;;) {
        const { done, value } = await steps.next();
        if (signal.aborted) return "";
        this.#tracks[key].push(value);
        this.#show(key, value, problem.nu);
        this.#drawChart();
        if (done === true) break;
        const { samples, chi2 } = value;
        yield {
          text: `${name}: χ² ${short(chi2, 3)} after ${samples.toLocaleString("en")} samples`,
          done: samples + (key === "paper" ? race.budget : 0),
          of: 2 * race.budget,
        };
      }
    }
    const [ours, paper] = [this.#tracks.ours.at(-1), this.#tracks.paper.at(-1)];
    return `χ² ${short(ours?.chi2 ?? Number.NaN, 3)} by samples, ${short(paper?.chi2 ?? Number.NaN, 3)} by the recipe, ${STOPS[paper?.stop ?? "budget"]}.`;
  }

  #show(key: "newton" | "ours" | "paper", reached: Reached, nu: Float64Array): void {
    this.#panels[key].show(reached, nu, viewOf(1.02 * REACH[this.#source]), this.#source);
  }

  #drawChart(): void {
    const lines = (["ours", "paper"] as const).flatMap((key): Line[] => {
      const track = this.#tracks[key];
      const [label, colour] = key === "ours" ? ["samples", "--c0"] : ["published recipe", "--c1"];
      const estimates = track.filter(({ estimate }) => estimate !== undefined && estimate.high > 0);
      return [
        { label: `${label}, exact χ²`, colour, points: track.map(({ samples, chi2 }) => [samples, chi2]) },
        {
          label: `${label}, estimate`,
          colour,
          points: estimates.map(({ samples, estimate }) => [samples, Math.max(estimate?.chi2 ?? 0, 0)]),
          intervals: estimates.map(({ estimate }) => [estimate?.low ?? 0, estimate?.high ?? 0]),
        },
      ];
    });
    this.#chart.show(lines);
  }

  /** The pictures that are shown, beside each other. */
  #picture(): SVGSVGElement {
    const shown = Object.values(this.#panels).filter(({ element }) => !element.hidden);
    const whole = svg("svg", { viewBox: `0 0 ${660 * shown.length - 20} 640`, class: "errors together" });
    for (const [k, { picture }] of shown.entries()) {
      whole.append(
        svg(
          "g",
          { transform: `translate(${660 * k} 0)` },
          ...[...picture.children].map((child) => child.cloneNode(true)),
        ),
      );
    }
    return whole;
  }

  #table(): (string | number)[][] {
    const rows = (["ours", "paper"] as const).flatMap((key) =>
      this.#tracks[key].map(({ samples, steps, chi2, estimate, w2 }) => [
        ...[key, samples, steps, chi2, estimate?.chi2 ?? "", estimate?.low ?? "", estimate?.high ?? "", w2],
      ]),
    );
    const newton = this.#newton;
    const first = newton === undefined ? [] : [["newton", 0, newton.steps, newton.chi2, "", "", "", newton.w2]];
    return [["solver", "samples", "steps", "chi2", "estimate", "low", "high", "w2"], ...first, ...rows];
  }
}
