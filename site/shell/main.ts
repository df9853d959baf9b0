// Opens the chapter that the address names, and others as links are followed.
import { chapters } from "../chapters/index.ts";
import { showList } from "./frame.ts";
import { type Opened, openChapter } from "./open.ts";

const place = document.getElementById("chapter") as HTMLElement;
const list = document.getElementById("chapters") as HTMLElement;
let opened: Opened | undefined;

function open(): void {
  const values = new URLSearchParams(location.search);
  const entry = chapters.find(({ id }) => id === values.get("chapter")) ?? chapters[0];
  values.set("chapter", entry.id);
  opened?.close();
  document.title = `${entry.title} · brenier`;
  showList(list, entry);
  opened = openChapter(place, entry, values);
}

function refuseFiles(event: DragEvent): void {
  const data = event.dataTransfer;
  if (event.defaultPrevented || !data?.types.includes("Files")) return;
  event.preventDefault();
  data.dropEffect = "none";
}

addEventListener("click", (event) => {
  const target = event.target as Element;
  if (target.closest?.("a")) opened?.keep(); // for the way back
  if (target.closest?.("a.skip")) {
    event.preventDefault(); // a new fragment in the address would open the chapter anew
    place.focus();
    return;
  }
  const link = target.closest?.<HTMLAnchorElement>("a[href^='?chapter=']");
  if (!link || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  event.preventDefault();
  history.pushState(null, "", link.getAttribute("href"));
  open();
  scrollTo(0, 0);
  place.querySelector("h1")?.focus({ preventScroll: true });
});
addEventListener("popstate", open);
// Where a chapter takes no files, a browser would leave this page to show the one dropped.
addEventListener("dragover", refuseFiles);
addEventListener("drop", refuseFiles);
open();
