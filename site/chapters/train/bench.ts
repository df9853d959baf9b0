// Pictures that were chosen, and the training of a generator of them.
import { DeviceLostError } from "brenier";
import type { GeneratorProgress } from "brenier/models";
import type { RemoteGenerator } from "brenier/worker";
import { short } from "../../../pages/report/theme.ts";
import { stepsOf } from "../../shell/channel.ts";
import type { Context } from "../../shell/chapter.ts";
import type { Step } from "../../shell/controls.ts";
import { button, figures, html, slider } from "../../shell/elements.ts";
import { handOver } from "../../shell/handover.ts";
import { download } from "../../shell/save.ts";
import { pictureCanvas, show } from "../pictures/canvas.ts";
import { LossCurve } from "./curve.ts";
import type { Images } from "./read.ts";

/** Pictures in a row, and rows of reconstructions and of draws. */
const [COLUMNS, ROWS, DRAWN_ROWS] = [8, 2, 3];
const BATCH = 20;
/** Milliseconds between reports of the transport that are shown: its steps are many and short. */
const SELDOM = 80;
const FILE = "generator.safetensors";

export class Bench {
  readonly element: HTMLElement;
  readonly #images: Images;
  readonly #context: Context;
  readonly #curve = new LossCurve();
  readonly #figures = figures({ stage: "Now", loss: "Loss", chi2: "χ²", codes: "Stored codes" });
  readonly #reals = pictureCanvas("Some of the pictures", "reals", COLUMNS);
  readonly #made = pictureCanvas("The same pictures, drawn from their codes", "made", COLUMNS);
  readonly #drawn = pictureCanvas("New pictures, drawn from noise", "drawn", COLUMNS);
  readonly #result: HTMLElement;
  readonly #values = { latent: 8, epochs: 12 };
  readonly #rows: (readonly [stage: string, step: number, value: number | string])[] = [];
  #seed = 1;
  #generator: RemoteGenerator | undefined;

  constructor(images: Images, context: Context) {
    [this.#images, this.#context] = [images, context];
    const { state } = context;
    const latent = Math.round(state.number("latent", 8, 2, 64));
    const epochs = Math.round(state.number("epochs", 12, 1, 60));
    this.#values = { latent, epochs };
    const set = (key: "latent" | "epochs") => (value: number) => {
      this.#values[key] = value;
      state.set({ [key]: value });
    };
    this.#result = html(
      "figure",
      { class: "sheet", hidden: true },
      html("h2", {}, "Drawn from noise"),
      this.#drawn,
      html(
        "p",
        { class: "buttons after" },
        button("Draw others", () => void this.#draw().catch(this.#failed), { "data-draw": "" }),
        button("Save the generator", () => void this.#save(), { "data-save": "generator" }),
        html("a", { href: "?chapter=digits" }, "Walk through its noise →"),
      ),
    );
    this.element = html(
      "div",
      { class: "train" },
      html("p", { class: "about", "data-about": "" }, `${images.about}.`),
      html(
        "div",
        { class: "split" },
        html(
          "div",
          { class: "side" },
          html("figure", { class: "sheet" }, html("h2", {}, "Loss"), this.#curve.element),
          html(
            "figure",
            { class: "sheet pairs" },
            html("div", {}, html("h2", {}, "Pictures"), this.#reals),
            html("div", {}, html("h2", {}, "Drawn from their codes"), this.#made),
          ),
          this.#result,
        ),
        html(
          "div",
          { class: "side" },
          html("div", { class: "sheet" }, this.#figures.element),
          html(
            "div",
            { class: "sheet side" },
            slider("Numbers in a code", { min: 2, max: 64, step: 1, value: latent }, set("latent")).element,
            slider("Passes over the pictures", { min: 1, max: 60, step: 1, value: epochs }, set("epochs")).element,
            button("Train", () => void this.#train(), { class: "primary", "data-train": "" }),
          ),
        ),
      ),
    );
  }

  /** Shows the pictures. */
  begin(): void {
    const { pixels, count, ...size } = this.#images;
    const some = Math.min(count, COLUMNS * ROWS);
    const values = Float32Array.from(pixels.subarray(0, (some * pixels.length) / count), (byte) => byte / 255);
    show(this.#reals, { ...size, count: some, pixels: values }, COLUMNS);
    this.#context.save.offer({
      name: "train",
      picture: () => stacked([this.#reals, this.#made, this.#drawn].filter(({ height }) => height > 1)),
      points: () => [["stage", "step", "value"], ...this.#rows],
    });
  }

  dispose(): void {
    this.#curve.dispose();
  }

  #train(): Promise<void> {
    this.#result.hidden = true;
    return this.#context.controls.start((signal) => this.#work(signal));
  }

  async *#work(signal: AbortSignal): AsyncGenerator<Step, string, undefined> {
    try {
      return yield* this.#learn(signal);
    } catch (error) {
      if (!(error instanceof DeviceLostError)) throw error;
      throw new Error("The worker's GPU was lost in the middle. Press “Run again” to begin again with another one.");
    }
  }

  async *#learn(signal: AbortSignal): AsyncGenerator<Step, string, undefined> {
    const { about: _, pixels, count, ...size } = this.#images;
    const { latent, epochs } = this.#values;
    yield { text: "Opens a GPU in the worker." };
    const worker = await this.#context.worker();
    const batch = Math.min(BATCH, count);
    this.#rows.length = 0;
    this.#curve.begin();
    const steps = stepsOf<GeneratorProgress, Uint8Array<ArrayBuffer>>((onProgress) =>
      worker.train({ ...size, latent }, pixels, {
        ...{ epochs, batch, seed: 1, signal, preview: Math.min(count, COLUMNS * ROWS), onProgress },
      }),
    );
    let shown = 0;
    let bytes: Uint8Array<ArrayBuffer>;
    for (;;) {
      const { done, value } = await steps.next();
      if (done === true) {
        bytes = value;
        break;
      }
      this.#tell(value);
      const now = performance.now();
      if (value.stage === "transport" && now - shown < SELDOM) continue;
      shown = now;
      yield stepOf(value);
    }
    handOver({ name: "Trained here", bytes });
    await this.#generator?.dispose();
    this.#generator = await worker.openGenerator(bytes, { signal });
    this.#bytes = bytes;
    this.#seed = 1;
    await this.#draw();
    this.#figures.set("stage", "draws");
    this.#figures.set("codes", count.toLocaleString("en"));
    return `Trained on ${count} pictures; the generator has ${(bytes.length / 1e6).toFixed(1)} MB.`;
  }

  #bytes: Uint8Array<ArrayBuffer> | undefined;

  #tell({ stage, step, value, reconstructions }: GeneratorProgress): void {
    this.#figures.set("stage", stage === "autoencoder" ? "learns" : "transports");
    if (reconstructions !== undefined) show(this.#made, reconstructions, COLUMNS);
    if (value === undefined) return;
    this.#rows.push([stage, step, value]);
    if (stage === "transport") {
      this.#figures.set("chi2", short(value, 3));
      return;
    }
    this.#curve.add(step, value);
    this.#figures.set("loss", short(value));
  }

  async #draw(): Promise<void> {
    const { signal } = this.#context;
    const wish = { count: COLUMNS * DRAWN_ROWS, seed: this.#seed, signal };
    const drawn = await this.#generator?.generate(wish).catch(async (error: unknown) => {
      if (signal.aborted || this.#bytes === undefined) throw error;
      // The worker may have lost its GPU: it opens another.
      this.#generator = await (await this.#context.worker()).openGenerator(this.#bytes, { signal });
      return this.#generator.generate(wish);
    });
    if (drawn === undefined) return;
    this.#seed++;
    show(this.#drawn, drawn, COLUMNS);
    this.#result.hidden = false;
  }

  readonly #failed = (error: unknown): void => {
    if (!this.#context.signal.aborted) this.#context.tell(`${(error as Error).message}.`, "bad");
  };

  #save(): void {
    if (this.#bytes !== undefined) download(new Blob([this.#bytes]), FILE);
  }
}

function stepOf({ stage, step, steps, value }: GeneratorProgress): Step {
  const what = stage === "autoencoder" ? "The autoencoder learns" : "Transport to the codes";
  const figure =
    value === undefined ? "" : stage === "autoencoder" ? `, loss ${short(value)}` : `, χ² ${short(value, 3)}`;
  return { text: `${what}: step ${step} of ${steps}${figure}`, done: step, of: steps };
}

/** Canvases below one another. */
function stacked(canvases: readonly HTMLCanvasElement[]): HTMLCanvasElement {
  const width = Math.max(...canvases.map((canvas) => canvas.width));
  const gap = 6;
  const height = canvases.reduce((sum, canvas) => sum + canvas.height + gap, -gap);
  const all = html("canvas", { width, height });
  const context = all.getContext("2d");
  let top = 0;
  for (const canvas of canvases) {
    context?.drawImage(canvas, 0, top);
    top += canvas.height + gap;
  }
  return all;
}
