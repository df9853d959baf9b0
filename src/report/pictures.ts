import type { Picture } from "./data.ts";
import { linkTo } from "./files.ts";
import { html, type Markup } from "./markup.ts";

/** Pictures side by side; a click shows one as large as the window allows. */
export function picturesSection(pictures: readonly Picture[]): Markup | undefined {
  if (pictures.length === 0) return undefined;
  return html`<section aria-labelledby="pictures">
<h2 id="pictures">Pictures</h2>
<div class="pictures">
${pictures.map(figure)}</div>
<dialog id="large" aria-label="Picture"><form method="dialog">
<p><strong id="large-title"></strong> <span id="large-note"></span></p>
<p><button type="button" id="before">← before</button> <button type="button" id="after">after →</button> <button>close</button></p>
</form><img id="large-picture" alt=""></dialog>
</section>
`;
}

function figure({ title, note, file, png }: Picture): Markup {
  const shown =
    png === undefined
      ? html`<p class="aside">Too large to be shown here: ${linkTo(file)}</p>`
      : html`<button type="button" class="picture" aria-label="Enlarge ${title}"><img src="data:image/png;base64,${Buffer.from(png).toString("base64")}" alt="${title}: ${note}"></button>`;
  return html`<figure>${shown}<figcaption><strong>${title}</strong> <span>${note}</span></figcaption></figure>
`;
}
