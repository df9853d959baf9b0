import { chapters, type Entry } from "../chapters/index.ts";
import { html } from "./elements.ts";

/** The link that opens a chapter as its makers set it up. */
export const addressOf = ({ id }: Entry): string => `?chapter=${id}`;

/** Fills the list of chapters, of which one is open. */
export function showList(list: Element, open: Entry): void {
  list.replaceChildren(
    ...chapters.map((entry) =>
      html("li", {}, html("a", { href: addressOf(entry), "aria-current": entry === open && "page" }, entry.title)),
    ),
  );
}

/** The head of a chapter and the links to those beside it. */
export function frameOf(open: Entry): { readonly head: HTMLElement; readonly foot: HTMLElement } {
  const at = chapters.indexOf(open);
  const link = (entry: Entry | undefined, rel: string, arrow: (title: string) => string): Node =>
    entry === undefined ? html("span") : html("a", { href: addressOf(entry), rel }, arrow(entry.title));
  return {
    head: html("header", { class: "head" }, html("h1", { tabindex: -1 }, open.title)),
    foot: html(
      "nav",
      { class: "beside", "aria-label": "Chapters beside this one" },
      link(chapters[at - 1], "prev", (title) => `← ${title}`),
      link(chapters[at + 1], "next", (title) => `${title} →`),
    ),
  };
}
