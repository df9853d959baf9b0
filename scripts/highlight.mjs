// Modest colours for code on pages: comments, texts, numbers and words of the language, by one
// expression for each. There is no need to understand the code.

/** Any text as HTML. @param {string} text */
export const escapeHtml = (text) =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");

const WORDS =
  "as async await break class const continue default do else export extends false fn for from function if import in let new null of readonly return struct throw true try type typeof undefined using var void while yield def print";
const SCRIPT = [
  ["comment", String.raw`\/\/[^\n]*|\/\*[^]*?\*\/`],
  ["text", String.raw`"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|\x60(?:[^\x60\\]|\\.)*\x60`],
  ["number", String.raw`\b\d[\d_]*(?:\.\d+)?(?:e[+-]?\d+)?\b`],
  ["word", `\\b(?:${WORDS.replaceAll(" ", "|")})\\b`],
];
const HASHED = [["comment", String.raw`#[^\n]*`], ...SCRIPT.slice(1)];

/** @type {Readonly<Record<string, readonly (readonly string[])[]>>} */
const LANGUAGES = {
  js: SCRIPT,
  ts: SCRIPT,
  wgsl: SCRIPT,
  python: HASHED,
  sh: [["comment", String.raw`(?:^|(?<=\s))#[^\n]*`]],
};

/**
 * Code as HTML, in which each kind of piece has its class.
 * @param {string} code
 * @param {string} language as it stands behind the opening ```
 */
export function highlight(code, language) {
  const kinds = LANGUAGES[language];
  if (kinds === undefined) return escapeHtml(code);
  const pieces = new RegExp(kinds.map(([kind, pattern]) => `(?<${kind}>${pattern})`).join("|"), "g");
  let [html, from] = ["", 0];
  for (const match of code.matchAll(pieces)) {
    const kind = Object.entries(match.groups ?? {}).find(([, found]) => found !== undefined)?.[0];
    html += `${escapeHtml(code.slice(from, match.index))}<span class="code-${kind}">${escapeHtml(match[0])}</span>`;
    from = match.index + match[0].length;
  }
  return html + escapeHtml(code.slice(from));
}
