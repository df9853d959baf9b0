import type { Chapter } from "../shell/chapter.ts";

/** A chapter of the list. Its code is loaded once it is opened. */
export interface Entry {
  /** Its name in addresses. */
  readonly id: string;
  readonly title: string;
  readonly load: () => Promise<{ readonly chapter: Chapter }>;
}

/** In the order in which they are to be read. */
export const chapters: readonly [Entry, ...Entry[]] = [
  { id: "cells", title: "Cells", load: () => import("./cells/chapter.ts") },
  { id: "digits", title: "Digits", load: () => import("./digits/chapter.ts") },
  { id: "train", title: "Train here", load: () => import("./train/chapter.ts") },
];
