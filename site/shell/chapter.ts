import type { OpenedGpu } from "brenier/web";
import type { RemoteWorker } from "brenier/worker";
import type { Controls } from "./controls.ts";
import type { Save } from "./save.ts";
import type { State } from "./state.ts";

/** One idea that can be touched. Its id and its title stand in chapters/index.ts. */
export interface Chapter {
  /** What part of the paper it shows: "The paper on …". */
  readonly section: string;
  /** What there is to see, what to do with it, and what it means. */
  readonly sentences: readonly [string, string, string];
  /** What the chapter still shows where there is no GPU; told after the reason. */
  readonly withoutGpu?: string;
  /**
   * Fills the place below the sentences. What it puts there, the shell takes away again; `dispose`
   * lets go of the rest. Work that goes on is ended by `context.signal` before.
   */
  mount(host: HTMLElement, context: Context): Mounted | Promise<Mounted>;
}

export interface Mounted {
  dispose(): void;
}

/** What the shell gives to the chapter that is open. */
export interface Context {
  /** What the address keeps of this chapter. */
  readonly state: State;
  /** Aborted once the reader leaves the chapter. */
  readonly signal: AbortSignal;
  /** The bar with run, step, stop, pace and progress. It is hidden until the first `start`. */
  readonly controls: Controls;
  /** The buttons that save the picture and the points. They are hidden until `offer`. */
  readonly save: Save;
  /**
   * The GPU of this page, asked for at the first call, and again after it was lost. Null where
   * there is none: the reader is then told why, with the chapter's `withoutGpu`.
   */
  gpu(): Promise<OpenedGpu | null>;
  /** A worker with a GPU of its own, started at the first call and ended with the chapter. */
  worker(): Promise<RemoteWorker>;
  /** One sentence to the reader; `bad` where something is not as it should be. "" takes it away. */
  tell(sentence: string, kind?: "note" | "bad"): void;
}
