import { button, html } from "./elements.ts";
import type { State } from "./state.ts";

/** What is told of a step. */
export interface Step {
  readonly text: string;
  /** Steps done, and of how many where that is known: the progress. */
  readonly done?: number;
  readonly of?: number;
  /** Whether the work goes on to the next step without waiting for the pace or the reader. */
  readonly onTheWay?: boolean;
}

/**
 * Work as the steps that a reader can see. It draws before each yield, and returns what is to be
 * told at the end. Where it waits for something, `signal` ends that.
 */
export type Work = (
  signal: AbortSignal,
) => Generator<Step, string, undefined> | AsyncGenerator<Step, string, undefined>;

export interface Controls {
  /**
   * Ends what runs and starts this work; "Run again" starts it anew. `paused` waits for the reader.
   * Resolves when the work has ended or was ended; an error is told to the reader.
   */
  start(work: Work, options?: { readonly paused?: boolean }): Promise<void>;
  /** Ends what runs. */
  stop(): void;
}

/** Milliseconds between two steps; the first is the default. */
const PACES = { fast: 0, slow: 250, slowest: 1200 } as const;
const PACE_NAMES = { fast: "full speed", slow: "slow", slowest: "step by step" } as const;
type Pace = keyof typeof PACES;

/** The bar below a picture: run or pause, step, stop, pace, progress. */
export class ControlBar implements Controls {
  readonly element: HTMLElement;
  readonly #tellError: (error: unknown) => void;
  readonly #onStart: () => void;
  readonly #run = button("Pause", () => this.#toggle(), { class: "primary", "data-control": "run" });
  readonly #step = button("Step", () => this.#stepOnce(), { "data-control": "step" });
  readonly #stop = button("Stop", () => this.stop(), { "data-control": "stop" });
  readonly #progress = html("progress", { max: 1, value: 0, "aria-label": "Progress" });
  readonly #text = html("output", { class: "status", "data-control": "status" });
  #pace: Pace;
  #work: Work | undefined;
  #current: AbortController | undefined;
  #paused = false;
  /** Steps that were asked for while paused. */
  #allowed = 0;
  #wake = (): void => undefined;

  /** @param onStart called before each work, which an error of the one before does not concern */
  constructor(state: State, tellError: (error: unknown) => void, onStart: () => void) {
    this.#tellError = tellError;
    this.#onStart = onStart;
    this.#pace = state.choice("pace", ["fast", "slow", "slowest"]);
    const pace = html("select", { "data-control": "pace" });
    for (const [value, name] of Object.entries(PACE_NAMES)) {
      pace.append(html("option", { value, selected: value === this.#pace }, name));
    }
    pace.addEventListener("change", () => {
      this.#pace = pace.value as Pace;
      state.set({ pace: this.#pace === "fast" ? undefined : this.#pace });
      this.#wake();
    });
    this.element = html(
      "div",
      { class: "controls", role: "group", "aria-label": "Controls", hidden: true },
      html("div", { class: "buttons" }, this.#run, this.#step, this.#stop),
      html("label", {}, "Pace ", pace),
      html("div", { class: "progress" }, this.#progress, this.#text),
    );
  }

  async start(work: Work, { paused = false }: { readonly paused?: boolean } = {}): Promise<void> {
    this.#current?.abort();
    this.#onStart();
    this.element.hidden = false;
    const control = new AbortController();
    [this.#work, this.#current, this.#paused, this.#allowed] = [work, control, paused, 0];
    this.#show();
    const { signal } = control;
    const steps = work(signal);
    let onTheWay = false;
    try {
      for (;;) {
        await (onTheWay ? frame() : this.#turn(signal));
        const { done, value } = await steps.next();
        if (signal.aborted) break;
        if (done === true) {
          this.#text.textContent = value;
          this.#progress.value = 1;
          return;
        }
        this.#tell(value);
        onTheWay = value.onTheWay === true;
      }
    } catch (error) {
      if (!signal.aborted) {
        this.#text.textContent = "Ended by an error.";
        this.#tellError(error);
      }
    } finally {
      // A generator that still waits for something ends at its own pace.
      if (signal.aborted) Promise.resolve(steps.return("")).catch(() => undefined);
      if (this.#current === control) {
        this.#current = undefined;
        this.#show();
      }
    }
  }

  stop(): void {
    if (this.#current === undefined) return;
    this.#current.abort();
    this.#current = undefined;
    this.#text.textContent = "Stopped.";
    this.#show();
  }

  #toggle(): void {
    if (this.#current === undefined) {
      if (this.#work !== undefined) void this.start(this.#work);
      return;
    }
    this.#paused = !this.#paused;
    this.#show();
    this.#wake();
  }

  #stepOnce(): void {
    if (this.#current === undefined) {
      if (this.#work === undefined) return;
      void this.start(this.#work, { paused: true });
    }
    this.#paused = true;
    this.#allowed++;
    this.#show();
    this.#wake();
  }

  #show(): void {
    const running = this.#current !== undefined;
    this.#run.textContent = running ? (this.#paused ? "Go on" : "Pause") : "Run again";
    this.#stop.disabled = !running;
    this.element.dataset["running"] = String(running);
  }

  #tell({ text, done, of }: Step): void {
    this.#text.textContent = text;
    if (done !== undefined && of !== undefined) this.#progress.value = of > 0 ? done / of : 1;
    else this.#progress.removeAttribute("value");
  }

  /** Waits until the next step is due: for the pace, for the reader, and for a page in sight. */
  async #turn(signal: AbortSignal): Promise<void> {
    const begin = performance.now();
    await frame();
    while (!signal.aborted) {
      const left = begin + PACES[this.#pace] - performance.now();
      if (document.hidden) {
        this.#text.textContent = "Waits until the page is in sight again.";
        await new Promise<void>((resolve) => {
          document.addEventListener("visibilitychange", () => resolve(), { once: true });
          signal.addEventListener("abort", () => resolve(), { once: true });
        });
      } else if (this.#paused && this.#allowed > 0) {
        this.#allowed--;
        return;
      } else if (!this.#paused && left <= 0) {
        return;
      } else {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
          signal.addEventListener("abort", () => resolve(), { once: true });
          if (!this.#paused) setTimeout(resolve, left);
        });
      }
    }
  }
}

/** The next picture of the screen, or a tenth of a second where none is drawn. */
const frame = (): Promise<void> =>
  new Promise((resolve) => {
    requestAnimationFrame(() => resolve());
    setTimeout(resolve, 100);
  });
