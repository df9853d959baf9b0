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
  { id: "samples", title: "Monte Carlo against Newton", load: () => import("./samples/chapter.ts") },
  { id: "collapse", title: "Why modes collapse and mix", load: () => import("./collapse/chapter.ts") },
  { id: "potential", title: "Generator and discriminator cooperate", load: () => import("./potential/chapter.ts") },
  { id: "digits", title: "Digits", load: () => import("./digits/chapter.ts") },
  { id: "train", title: "Train here", load: () => import("./train/chapter.ts") },
  { id: "audit", title: "Audit", load: () => import("./audit/chapter.ts") },
];
