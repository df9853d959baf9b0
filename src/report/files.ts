import type { File } from "./data.ts";
import { html, type Markup } from "./markup.ts";
import { size } from "./words.ts";

/** A link to a file in the run's folder. The dot keeps its name from being read as a scheme. */
export const linkTo = (path: string): Markup => html`<a href="./${path.split("/").map(encoded).join("/")}">${path}</a>`;

/** A name in a URL, with U+FFFD for halves of characters, which no URL can hold. */
const encoded = (name: string): string => encodeURIComponent(name.replaceAll(/\p{Cs}/gu, "\ufffd"));

/** The run's files, to be opened. */
export function filesSection(files: readonly File[]): Markup | undefined {
  if (files.length === 0) return undefined;
  return html`<section aria-labelledby="files">
<h2 id="files">Files</h2>
<ul class="files">
${files.map(
  ({
    path,
    bytes,
  }) => html`<li>${linkTo(path)} <span class="number">${bytes === undefined ? "" : size(bytes)}</span></li>
`,
)}</ul>
</section>
`;
}
