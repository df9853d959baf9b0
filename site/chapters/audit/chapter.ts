import { short } from "../../../pages/report/theme.ts";
import type { Chapter, Context } from "../../shell/chapter.ts";
import type { Step } from "../../shell/controls.ts";
import { dropPlace } from "../../shell/drop.ts";
import { button, figures, html } from "../../shell/elements.ts";
import { servedRun } from "../../shell/run.ts";
import { counted } from "../../shell/words.ts";
import { Detail } from "./detail.ts";
import { type Command, kindOf, MOST_COMMANDS, type Part, readPart } from "./read.ts";
import { droppedSource, type Source, servedSource } from "./source.ts";
import { Timeline } from "./timeline.ts";

export const chapter: Chapter = {
  section: "its computation on the GPU, of which a record has every command",
  sentences: [
    "A run that is trained with --audit keeps a record of each command that reached the GPU.",
    "Here it is laid out in time: choose a command to see its kernel, its shapes and its numbers.",
    "Beside the WGSL that ran stands the reference in float64 that audits hold it to.",
  ],
  async mount(host, context) {
    const reader = new Reader(context);
    const drop = dropPlace(
      {
        text: "Drop the folder of a run here, or its audit.jsonl alone. It is read in this page and sent nowhere.",
        choose: "Choose audit.jsonl",
        folder: true,
        name: "record",
        signal: context.signal,
      },
      (files) => {
        try {
          context.tell("");
          reader.open(droppedSource(files));
        } catch (error) {
          context.tell(`${(error as Error).message}.`, "bad");
        }
      },
    );
    host.append(drop, reader.element);
    const run = await servedRun(context.signal);
    if (run?.audit === true) reader.open(servedSource(run.name));
    return { dispose: () => reader.dispose() };
  },
};

class Reader {
  readonly element: HTMLElement = html("div", { class: "audit", hidden: true });
  readonly #context: Context;
  readonly #timeline = new Timeline((at) => {
    this.#context.controls.stop();
    this.#select(at);
  });
  readonly #detail: Detail;
  readonly #about = html("p", { class: "about", "data-about": "" });
  readonly #figures = figures({ commands: "Commands", kernels: "Kernels", seconds: "Seconds", gpu: "GPU, ms" });
  readonly #from: HTMLInputElement;
  #source: Source | undefined;
  #part: Part | undefined;
  #selected = 0;

  constructor(context: Context) {
    this.#context = context;
    this.#detail = new Detail(context.signal);
    const from = Math.round(context.state.number("from", 0, 0, Number.MAX_SAFE_INTEGER));
    this.#from = html("input", { type: "number", min: 0, step: 1, value: from, "data-from": "" });
    this.#from.addEventListener("change", () => this.#read());
    this.element.append(
      this.#about,
      html(
        "div",
        { class: "sheet" },
        this.#figures.element,
        this.#timeline.element,
        html(
          "div",
          { class: "buttons zooms" },
          button("−", () => this.#timeline.zoom(2), { "aria-label": "Zoom out" }),
          button("+", () => this.#timeline.zoom(0.5), { "aria-label": "Zoom in" }),
          button("All", () => this.#timeline.whole()),
          button("Walk through", () => this.#walk(), { "data-walk": "" }),
          html("label", {}, "From command ", this.#from),
        ),
      ),
      this.#detail.element,
    );
  }

  open(source: Source): void {
    this.#source = source;
    this.#read();
  }

  dispose(): void {
    this.#timeline.dispose();
  }

  #read(): void {
    const from = this.#from.valueAsNumber;
    void this.#context.controls.start((signal) =>
      this.#reading(Number.isSafeInteger(from) ? Math.max(0, from) : 0, signal),
    );
  }

  async *#reading(from: number, signal: AbortSignal): AsyncGenerator<Step, string, undefined> {
    const source = this.#source;
    if (source === undefined) return "";
    this.#context.tell("");
    const reading = readPart(source, from, signal);
    try {
      for (;;) {
        const { done, value } = await reading.next();
        if (done === true) return this.#show(value, from, source);
        const { bytes, commands } = value;
        const of = source.bytes;
        yield {
          text: `Reads: ${commands.toLocaleString("en")} commands in ${Math.round(bytes / 1e6)} MB`,
          ...(of !== undefined && { done: bytes, of }),
        };
      }
    } finally {
      await reading.return(undefined as never);
    }
  }

  #show(part: Part, from: number, source: Source): string {
    const { commands, header, unnumbered, end } = part;
    if (commands.length === 0 && from === 0) {
      throw new Error(`${source.name}: expected commands, got none; record the run again`);
    }
    this.element.hidden = false; // so that another beginning can be chosen
    if (commands.length === 0) {
      throw new Error(`${source.name}: expected commands from number ${from} on, got none; begin with an earlier one`);
    }
    this.#part = part;
    const { adapter, level, versions } = header;
    const version = versions["brenier"];
    this.#about.textContent =
      `${source.name}: ${adapter.name}${version === undefined ? "" : `, brenier ${version}`}; ` +
      (level === "digests" ? "with digests of what was computed" : "without digests of what was computed");
    const timed = commands.reduce((sum, command) => sum + (command.kind === "dispatch" ? (command.ns ?? 0) : 0), 0);
    const seconds = ((commands.at(-1)?.at ?? 0) - (commands[0]?.at ?? 0)) / 1000;
    this.#figures.set("commands", commands.length.toLocaleString("en"));
    this.#figures.set("kernels", String(new Set(commands.filter(({ kind }) => kind === "dispatch").map(kindOf)).size));
    this.#figures.set("seconds", short(seconds));
    this.#figures.set("gpu", timed > 0 ? short(timed / 1e6) : "–");
    this.#timeline.show(commands);
    const { state, save } = this.#context;
    state.set({ from: from === 0 ? undefined : from });
    const wanted = state.number("at", -1, 0, Number.MAX_SAFE_INTEGER);
    this.#select(
      Math.max(
        0,
        commands.findIndex(({ seq }) => seq === wanted),
      ),
    );
    save.offer({ name: "audit", picture: () => this.#timeline.element, points: () => rowsOf(commands) });
    const first = (commands[0]?.seq ?? from).toLocaleString("en");
    if (end === "more")
      return `The ${MOST_COMMANDS.toLocaleString("en")} commands from number ${first} on; more follow.`;
    const some = counted(commands.length, "command");
    if (end === "cut") return `${some}; the record was cut inside its last line, and what followed is missing.`;
    const others =
      unnumbered === 0 ? "" : `; ${unnumbered.toLocaleString("en")} without a number, to save or resume, are left out`;
    return `${some}, to the end of the record${others}.`;
  }

  #select(at: number): void {
    const [command, source] = [this.#part?.commands[at], this.#source];
    if (command === undefined || source === undefined) return;
    this.#selected = at;
    this.#timeline.select(at);
    this.#context.state.set({ at: command.seq });
    void this.#detail.show(command, source).catch((error: unknown) => {
      if (!this.#context.signal.aborted) this.#context.tell(`${(error as Error).message}.`, "bad");
    });
  }

  /** From the command that is selected to the last, one after another. */
  #walk(): void {
    const reader = this;
    void this.#context.controls.start(function* () {
      const commands = reader.#part?.commands ?? [];
      for (let at = reader.#selected; at < commands.length; at++) {
        reader.#select(at);
        yield {
          text: `${(at + 1).toLocaleString("en")} of ${commands.length.toLocaleString("en")}: ${kindOf(commands[at] as Command)}`,
          done: at + 1,
          of: commands.length,
        };
      }
      return "At the last command.";
    });
  }
}

/** All commands as rows. */
function rowsOf(commands: readonly Command[]): readonly (readonly (string | number)[])[] {
  return [
    ["command", "ms", "stage", "epoch", "step", "kind", "op", "kernel", "ns", "flops", "bytes", "buffers"],
    ...commands.map((command) => {
      const { seq, at, stage, epoch = "", step = "", kind, bytes, buffers } = command;
      const shapes = buffers.map(({ name, shape }) => `${name} [${shape.join(" ")}]`).join("; ");
      const dispatch = command.kind === "dispatch" ? command : undefined;
      const op = "op" in command ? command.op : "";
      return [
        seq,
        at,
        stage,
        epoch,
        step,
        kind,
        op,
        dispatch?.kernel ?? "",
        dispatch?.ns ?? "",
        dispatch?.flops ?? "",
        bytes,
        shapes,
      ];
    }),
  ];
}
