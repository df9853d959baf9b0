// Opens the chapter that the address names, and others as links are followed.
import { chapters } from "../chapters/index.ts";
import { showList } from "./frame.ts";
import { openChapter } from "./open.ts";

const place = document.getElementById("chapter") as HTMLElement;
const list = document.getElementById("chapters") as HTMLElement;
let close = (): void => undefined;

function open(): void {
  const values = new URLSearchParams(location.search);
  const entry = chapters.find(({ id }) => id === values.get("chapter")) ?? chapters[0];
  values.set("chapter", entry.id);
  close();
  document.title = `${entry.title} · brenier`;
  showList(list, entry);
  close = openChapter(place, entry, values);
}

addEventListener("click", (event) => {
  const link = (event.target as Element).closest?.<HTMLAnchorElement>("a[href^='?chapter=']");
  if (!link || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  event.preventDefault();
  history.pushState(null, "", link.getAttribute("href"));
  open();
  scrollTo(0, 0);
  place.querySelector("h1")?.focus({ preventScroll: true });
});
addEventListener("popstate", open);
open();
