import type { Chapter } from "../../shell/chapter.ts";
import { html } from "../../shell/elements.ts";

export const chapter: Chapter = {
  section: "Section 3: semi-discrete optimal transport",
  sentences: [
    "Each point gets the part of the plane that is moved onto it: its cell.",
    "Move points or ask for other masses, and Newton's method finds the cells anew.",
    "The map is constant on each cell and jumps from one to the next.",
  ],
  mount(host) {
    host.append(html("p", {}, "…"));
    return { dispose: () => undefined };
  },
};
