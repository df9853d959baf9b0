import type { RemoteWorker } from "brenier/worker";
import type { Entry } from "../chapters/index.ts";
import type { Context } from "./chapter.ts";
import { ControlBar } from "./controls.ts";
import { html } from "./elements.ts";
import { frameOf } from "./frame.ts";
import { isLost, sharedGpu, startWorker } from "./gpu.ts";
import { SaveBar } from "./save.ts";
import { State } from "./state.ts";
import { sentence } from "./words.ts";

/** A Geometric Understanding of Deep Learning (Lei et al., Engineering 2020). */
const PAPER = "https://doi.org/10.1016/j.eng.2019.09.010";

const LOST = "The GPU was lost in the middle. Press “Run again” to go on with another one.";

/** A chapter that is open. */
export interface Opened {
  /** Writes into the address what has changed. */
  keep(): void;
  /** Ends its work, once the address is another's or before. */
  close(): void;
}

/** Opens a chapter in a place. */
export function openChapter(place: HTMLElement, entry: Entry, values: URLSearchParams): Opened {
  const left = new AbortController();
  const { signal } = left;
  const state = new State(values);
  const note = html("p", { class: "note", role: "status", hidden: true });
  const tell: Context["tell"] = (text, kind = "note") => {
    note.textContent = text;
    note.hidden = text === "";
    note.classList.toggle("bad", kind === "bad");
  };
  /** The error that was told last, and how often work was started. */
  let [told, starts] = ["", 0];
  const tellError = async (error: unknown): Promise<void> => {
    const start = starts;
    const text = (await isLost()) ? LOST : sentenceOf(error);
    if (signal.aborted || start !== starts) return;
    told = text;
    tell(text, "bad");
  };
  const onStart = (): void => {
    starts++;
    if (note.textContent === told) tell("");
  };
  const controls = new ControlBar(state, (error) => void tellError(error), onStart);
  const save = new SaveBar();
  const { head, foot } = frameOf(entry);
  const host = html("div", { class: "stage" });
  const bars = html("div", { class: "bars" }, controls.element, save.element);
  place.replaceChildren(head, bars, note, host, foot);
  place.setAttribute("aria-busy", "true");

  let worker: Promise<RemoteWorker> | undefined;
  let dispose = (): void => undefined;
  const mount = async (): Promise<void> => {
    const { chapter } = await entry.load().catch((error: unknown) => {
      throw new Error("this chapter could not be loaded; look at the connection and open it again", { cause: error });
    });
    if (signal.aborted) return;
    const paper = html("a", { href: PAPER }, "The paper");
    head.prepend(html("p", { class: "section" }, paper, ` on ${chapter.section}`));
    head.append(html("p", { class: "sentences" }, chapter.sentences.join(" ")));
    const context: Context = {
      ...{ state, signal, controls, save, tell },
      async gpu() {
        try {
          return await sharedGpu();
        } catch (error) {
          tell([sentenceOf(error), chapter.withoutGpu ?? ""].join(" ").trim());
          return null;
        }
      },
      worker() {
        worker ??= startWorker();
        return worker;
      },
    };
    const mounted = await chapter.mount(host, context);
    if (signal.aborted) mounted.dispose();
    else dispose = () => mounted.dispose();
  };
  void mount()
    .catch(tellError)
    .finally(() => place.removeAttribute("aria-busy"));

  return {
    keep: () => state.keep(),
    close() {
      left.abort();
      controls.stop();
      state.close();
      dispose();
      void worker?.then((started) => started.terminate()).catch(() => undefined);
    },
  };
}

/** What a reader is told of an error. */
const sentenceOf = (error: unknown): string => sentence(error instanceof Error ? error.message : String(error));
