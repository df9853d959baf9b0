import { byId } from "./elements.ts";
import { stored } from "./keep.ts";

const RELOAD_MS = 10_000;
const SILENT_MS = 90_000;

/**
 * Loads the page of a run that goes on again and again, unless the reader does not want it or looks
 * at a picture; tells where nothing new was written for long.
 */
export function watchRun(): void {
  const box = byId<HTMLInputElement>("reload");
  const key = `${location.pathname} reload`;
  box.checked = stored(() => sessionStorage.getItem(key)) !== "no";
  box.addEventListener("change", () => stored(() => sessionStorage.setItem(key, box.checked ? "yes" : "no")));
  const written = Date.parse(byId<HTMLTimeElement>("written").dateTime);
  const look = (): void => {
    const silent = document.getElementById("silent");
    if (silent !== null) silent.hidden = Date.now() - written < SILENT_MS;
  };
  look();
  setInterval(() => {
    look();
    const busy = document.querySelector("dialog[open]") !== null;
    if (box.checked && !busy && document.visibilityState === "visible") location.reload();
  }, RELOAD_MS);
}
