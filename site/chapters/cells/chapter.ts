import { short } from "../../../pages/report/theme.ts";
import type { Chapter, Context } from "../../shell/chapter.ts";
import { takeFiles } from "../../shell/drop.ts";
import { button, choices, figures, html, slider } from "../../shell/elements.ts";
import { counted, sentence } from "../../shell/words.ts";
import { along, type Cloud, cloudOf, MOST, rounded, SETS, type SetName, SOURCES, type SourceName } from "./cloud.ts";
import { Envelope } from "./envelope.ts";
import { listen } from "./events.ts";
import { layOut } from "./layout.ts";
import { CellPicture } from "./picture.ts";
import { type Shown, solveSteps } from "./solve.ts";
import { StepList } from "./steps.ts";
import { fileText, readPoints, writePoints } from "./text.ts";

/** Greatest number of points that the slider gives. */
const SLIDER = 400;

export const chapter: Chapter = {
  section: "semi-discrete optimal transport and its power cells",
  sentences: [
    "Each point is given one cell, which holds exactly its share of the mass, so that all mass is moved the shortest way.",
    "Move the points or change their weights: Newton’s method finds the new cells, to ten digits, while you look.",
    "The map sends a whole cell to one point, and jumps from one cell to the next.",
  ],
  mount: (host, context) => new Cells(host, context),
};

/** Points, source, and what follows from them. */
class Cells {
  readonly #context: Context;
  readonly #picture = new CellPicture();
  readonly #envelope = new Envelope();
  readonly #list = new StepList();
  readonly #figures = figures({ count: "Points", w2: "W₂", error: "Largest error", mass: "Chosen mass" });
  #set: SetName | "draw" | "own";
  #source: SourceName;
  #cloud: Cloud;
  #shown: Shown | undefined;
  #chosen = 0;
  #t: number;
  readonly #number;
  readonly #weight;
  readonly #text = html("textarea", { rows: 4, placeholder: "0.1, 0.2\n-0.3, 0.25, 2", "aria-label": "Points" });
  #sets: HTMLElement;

  constructor(host: HTMLElement, context: Context) {
    this.#context = context;
    const { state } = context;
    this.#set = state.choice("set", ["spiral", "ring", "grid", "own"]);
    this.#source = state.choice("source", ["cube", "gaussian"]);
    this.#t = state.number("t", 0, 0, 1);
    const n = Math.round(state.number("n", 60, 1, SLIDER));
    this.#cloud = this.#read(n);
    this.#number = slider("Number of points", { min: 1, max: SLIDER, step: 1, value: n }, (count) =>
      this.#resize(count),
    );
    this.#weight = slider("Weight of the chosen point", { min: 0, max: 5, step: 0.1, value: 1 }, (weight) =>
      this.#change(this.#cloud.values, this.#cloud.weights.with(this.#chosen, weight), true),
    );
    this.#sets = this.#setChoices();
    this.#lay(host);
    takeFiles(context.signal, (files) => void this.#use(fileText(files)));
    listen(this.#picture, this.#deeds());
    context.save.offer({ name: "cells", picture: () => this.#picture.element, points: () => this.#table() });
    this.#solve();
  }

  dispose(): void {
    // The shell ends the work, and takes the elements away.
  }

  /** The points of the address, or those of the set. */
  #read(n: number): Cloud {
    const kept = this.#context.state.text("points");
    if (this.#set === "own" && kept !== undefined) {
      try {
        return readPoints(kept);
      } catch (error) {
        this.#context.tell(`The address has no points: ${(error as Error).message}`, "bad");
      }
    }
    if (this.#set === "own" || this.#set === "draw") this.#set = "spiral";
    return cloudOf(this.#set, n, this.#source);
  }

  #lay(host: HTMLElement): void {
    const source = choices("Mass to move", SOURCES, this.#source, (chosen) => this.#takeSource(chosen));
    const moved = slider(
      "Moved along the map",
      { min: 0, max: 1, step: 0.01, value: this.#t, show: (value) => `${Math.round(100 * value)} %` },
      (value) => {
        this.#t = value;
        this.#context.state.set({ t: value === 0 ? undefined : value });
        this.#draw();
      },
    );
    const paste = html(
      "details",
      {},
      html("summary", {}, "Paste points, or drop a CSV file"),
      this.#text,
      button("Use these", () => void this.#use(this.#text.value), { "data-control": "paste" }),
    );
    const remove = button("Remove", () => this.#remove(this.#chosen), { "data-control": "remove" });
    const equal = button("Equal weights", () => {
      const { values, weights } = this.#cloud;
      this.#change(
        values,
        weights.map(() => 1),
        true,
      );
    });
    layOut(host, {
      picture: this.#picture.element,
      envelope: this.#envelope.element,
      steps: this.#list.element,
      moved: moved.element,
      points: [this.#sets, this.#number.element, source, paste],
      chosen: [this.#figures.element, this.#weight.element, html("div", { class: "buttons" }, remove, equal)],
    });
  }

  #setChoices(): HTMLElement {
    const all = { ...SETS, draw: "Draw one", ...(this.#set === "own" && { own: "Own" }) };
    return choices("Points", all, this.#set, (chosen) => {
      this.#set = chosen as SetName | "draw" | "own";
      this.#picture.element.classList.toggle("drawing", chosen === "draw");
      if (chosen === "draw") this.#context.tell("Draw a line in the picture; the points are set along it.");
      else if (chosen !== "own") this.#take(cloudOf(chosen as SetName, this.#count, this.#source));
    });
  }

  get #count(): number {
    return Math.min(SLIDER, this.#cloud.weights.length);
  }

  #resize(count: number): void {
    if (this.#set === "own" || this.#set === "draw") {
      this.#set = "spiral";
      this.#refreshSets();
    }
    this.#take(cloudOf(this.#set, count, this.#source));
  }

  #takeSource(chosen: SourceName): void {
    this.#source = chosen;
    if (this.#set === "own" || this.#set === "draw") this.#changed(undefined);
    else this.#take(cloudOf(this.#set, this.#count, chosen));
  }

  /** Takes other points, all anew. */
  #take(cloud: Cloud): void {
    this.#context.tell("");
    this.#cloud = cloud;
    this.#chosen = Math.min(this.#chosen, cloud.weights.length - 1);
    this.#changed(undefined);
  }

  /** Takes points that were changed by hand. The cells go on from where they are. */
  #change(values: Float64Array, weights: Float64Array, same: boolean, quick = true): void {
    if (weights.every((weight) => weight === 0)) {
      this.#context.tell("One point at least must have a weight above 0.", "bad");
      return;
    }
    this.#context.tell("");
    const heights = same && weights.every((weight) => weight > 0) ? this.#shown?.heights : undefined;
    this.#cloud = { values, weights };
    this.#chosen = Math.min(this.#chosen, weights.length - 1);
    this.#set = "own";
    this.#refreshSets();
    this.#changed(heights, quick);
  }

  #refreshSets(): void {
    const fresh = this.#setChoices();
    this.#sets.replaceWith(fresh);
    this.#sets = fresh;
    this.#picture.element.classList.remove("drawing");
  }

  /** Keeps, draws and solves what there is now. */
  #changed(heights: Float64Array | undefined, quick = false): void {
    const own = this.#set === "own";
    const kept = this.#context.state.set({
      set: own ? "own" : this.#set,
      n: own ? undefined : this.#cloud.weights.length,
      source: this.#source,
      points: own ? writePoints(this.#cloud) : undefined,
    });
    if (!kept)
      this.#context.tell(
        "These points are too many for the address, which keeps those before; save them as CSV to keep them.",
      );
    this.#number.set(this.#cloud.weights.length);
    this.#solve(heights, quick);
  }

  #solve(heights?: Float64Array, quick = false): void {
    this.#list.clear();
    this.#envelope.draw(this.#cloud, this.#source, this.#chosen);
    this.#choose(this.#chosen);
    const [cloud, source] = [this.#cloud, this.#source];
    let [first, from] = [true, heights];
    void this.#context.controls.start(() => {
      // Once more, it begins with the nearest point, so that there is something to see.
      const steps = solveSteps(cloud, source, from, first && quick, (shown) => {
        this.#shown = shown;
        this.#list.add(shown);
        this.#draw();
      });
      if (!first) this.#list.clear();
      [first, from] = [false, undefined];
      return steps;
    });
  }

  #draw(): void {
    const shown = this.#shown?.masses.length === this.#cloud.weights.length ? this.#shown : undefined;
    this.#picture.draw({ cloud: this.#cloud, source: this.#source, shown, t: this.#t, chosen: this.#chosen });
    this.#figures.set("count", this.#cloud.weights.length.toLocaleString("en"));
    this.#figures.set("w2", shown?.w2 === undefined ? "…" : short(shown.w2, 7));
    this.#figures.set("error", shown === undefined ? "…" : short(shown.maxRelativeError, 2));
    this.#figures.set("mass", shown === undefined ? "…" : short(shown.masses[this.#chosen] ?? 0, 6));
  }

  #choose(point: number): void {
    this.#chosen = point;
    this.#weight.set(this.#cloud.weights[point] ?? 1);
    this.#draw();
  }

  #remove(point: number): void {
    if (this.#cloud.weights.length === 1) {
      this.#context.tell("One point must stay.", "bad");
      return;
    }
    const { values, weights } = this.#cloud;
    this.#change(
      values.filter((_, k) => k >> 1 !== point),
      weights.filter((_, i) => i !== point),
      false,
    );
  }

  #deeds(): Parameters<typeof listen>[1] {
    const isDrawing = (): boolean => this.#set === "draw";
    return {
      get drawing() {
        return isDrawing();
      },
      choose: (point) => this.#choose(point),
      move: (point, x, y) => {
        const moved = this.#cloud.values.with(2 * point, rounded(x)).with(2 * point + 1, rounded(y));
        this.#change(moved, this.#cloud.weights, true);
      },
      add: (x, y) => {
        if (this.#cloud.weights.length >= MOST) {
          this.#context.tell(`The exact solver is shown with at most ${counted(MOST, "point")}.`, "bad");
          return;
        }
        this.#chosen = this.#cloud.weights.length;
        const { values, weights } = this.#cloud;
        this.#change(Float64Array.of(...values, rounded(x), rounded(y)), Float64Array.of(...weights, 1), false);
      },
      remove: (point) => this.#remove(point),
      draw: (path) => {
        const { values, weights } = along(path, this.#count);
        this.#change(values, weights, false, false);
      },
      chosen: () => ({
        point: this.#chosen,
        x: this.#cloud.values[2 * this.#chosen] as number,
        y: this.#cloud.values[2 * this.#chosen + 1] as number,
        count: this.#cloud.weights.length,
      }),
    };
  }

  async #use(text: string | Promise<string>): Promise<void> {
    const { signal, tell } = this.#context;
    try {
      const { values, weights } = readPoints(await text);
      if (!signal.aborted) this.#change(values, weights, false, false);
    } catch (error) {
      if (!signal.aborted) tell(sentence((error as Error).message), "bad");
    }
  }

  #table(): (string | number)[][] {
    const { values, weights } = this.#cloud;
    const rows = Array.from(weights, (weight, i) => [
      ...[values[2 * i] as number, values[2 * i + 1] as number, weight],
      ...[this.#shown?.masses[i] ?? "", this.#shown?.heights[i] ?? ""],
    ]);
    return [["x", "y", "weight", "mass", "height"], ...rows];
  }
}
