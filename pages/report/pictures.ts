import { byId } from "./elements.ts";

/** Shows a picture that was clicked as large as the window allows, and those beside it by keys. */
export function enlargePictures(): void {
  const buttons = [...document.querySelectorAll<HTMLButtonElement>("button.picture")];
  if (buttons.length === 0) return;
  const dialog = byId<HTMLDialogElement>("large");
  let shown = 0;
  const show = (at: number): void => {
    shown = (at + buttons.length) % buttons.length;
    const figure = buttons[shown]?.closest("figure");
    const picture = figure?.querySelector("img");
    const large = byId<HTMLImageElement>("large-picture");
    large.src = picture?.src ?? "";
    large.alt = picture?.alt ?? "";
    byId("large-title").textContent = figure?.querySelector("figcaption strong")?.textContent ?? "";
    byId("large-note").textContent = figure?.querySelector("figcaption span")?.textContent ?? "";
  };
  for (const [at, element] of buttons.entries()) {
    element.addEventListener("click", () => {
      show(at);
      dialog.showModal();
    });
  }
  byId("before").addEventListener("click", () => show(shown - 1));
  byId("after").addEventListener("click", () => show(shown + 1));
  dialog.addEventListener("keydown", ({ key }) => {
    if (key === "ArrowLeft") show(shown - 1);
    if (key === "ArrowRight") show(shown + 1);
  });
  dialog.addEventListener("click", ({ target }) => {
    if (target === dialog || target === byId("large-picture")) dialog.close();
  });
}
