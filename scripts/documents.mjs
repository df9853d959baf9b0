// The Markdown of the repository as pages of the site: `writeDocuments` renders the guide, the
// gallery, the decisions and the documents of the root, each at its own path with .html for .md, so
// that relative links between them hold. markdown-it renders; site/package.json has it.
import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, posix } from "node:path";
import { root } from "./command.mjs";
import { escapeHtml, highlight } from "./highlight.mjs";
import { policyOf } from "./serve.mjs";

const DOCUMENTS = ["RESULTS.md", "bench/RESULTS.md", "ARCHITECTURE.md", "CONTRIBUTING.md"];

/** All Markdown files that the site has, as paths from the root. */
const markdown = () => [
  ...readdirSync(join(root, "docs"), { recursive: true, encoding: "utf8" })
    .map((path) => posix.join("docs", path.replaceAll("\\", "/")))
    .filter((path) => path.endsWith(".md")),
  ...DOCUMENTS,
  "shaders/README.md",
  "site/README.md",
];

/**
 * Where a Markdown file stands on the site: an index is the page of its folder.
 * @param {string} path
 */
export const pageOf = (path) => path.replace(/(^|\/)README\.md$/, "$1index.md").replace(/\.md$/, ".html");

/**
 * A function that gives the headings of a page their anchors as GitHub does: the second of equal
 * ones gets -1.
 */
function anchoring() {
  /** @type {Map<string, number>} */
  const seen = new Map();
  return (/** @type {string} */ heading) => {
    const anchor = heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, "")
      .replaceAll(" ", "-");
    const before = seen.get(anchor) ?? 0;
    seen.set(anchor, before + 1);
    return before === 0 ? anchor : `${anchor}-${before}`;
  };
}

/**
 * Writes all pages, and the pictures that they show.
 * @param {string} site the folder of the site, which has style.css, documents.css and icon.svg
 */
export function writeDocuments(site) {
  const paths = markdown();
  const write = documentWriter(site, paths);
  for (const path of paths) write(path, readFileSync(join(root, path), "utf8"));
}

/**
 * A function that renders a Markdown file to its page of the site, with the pictures it shows.
 * @param {string} site
 * @param {readonly string[]} paths all files that link to each other, as paths from the root
 * @returns {(path: string, text: string) => void}
 */
export function documentWriter(site, paths) {
  const MarkdownIt = createRequire(join(root, "site/package.json"))("markdown-it");
  const pages = new Set(paths);
  const renderer = new MarkdownIt({ html: false, highlight });
  const { rules } = renderer.renderer;
  // What can be scrolled has to be reached by the keyboard.
  for (const kind of ["fence", "code_block"]) {
    const rule = rules[kind];
    rules[kind] = (/** @type {unknown[]} */ ...args) => rule(...args).replace(/^<pre>/, '<pre tabindex="0">');
  }
  rules.table_open = () => '<div class="wide" tabindex="0"><table>\n';
  rules.table_close = () => "</table></div>\n";

  /** Gives headings their anchors, leads links to their pages, and brings the pictures. */
  renderer.core.ruler.push("site", (/** @type {any} */ state) => {
    const from = dirname(state.env.path);
    const anchorOf = anchoring();
    for (const [i, token] of state.tokens.entries()) {
      // The site's policy allows no style in a tag: a column's side becomes a class.
      const [, side] = /^text-align:(left|center|right)$/.exec(token.attrGet("style") ?? "") ?? [];
      if (side !== undefined) token.attrs = [["class", side]];
      if (token.type === "heading_open")
        token.attrSet("id", ownAnchor(state.tokens[i + 1]) ?? anchorOf(textOf(state.tokens[i + 1])));
      for (const child of token.children ?? []) {
        if (child.type === "link_open") child.attrSet("href", linkOf(from, child.attrGet("href"), pages));
        if (child.type !== "image") continue;
        const picture = posix.join(from, child.attrGet("src"));
        mkdirSync(dirname(join(site, picture)), { recursive: true });
        cpSync(join(root, picture), join(site, picture));
      }
    }
  });

  return (path, text) => {
    // A heading of a column that has no text heads nothing.
    const body = renderer.render(text, { path }).replaceAll(/<th[^>]*><\/th>/g, "<td></td>");
    const out = join(site, pageOf(path));
    mkdirSync(dirname(out), { recursive: true });
    writeFileSync(out, frame(path, titleOf(text), body));
  };
}

/**
 * The anchor that a heading brings itself, `# Heading {#anchor}`, which is taken off.
 * @param {any} heading
 */
function ownAnchor({ children }) {
  const last = children.at(-1);
  const [, text = "", anchor] = /^(.*) \{#([\w-]+)\}$/.exec(last.content) ?? [];
  if (anchor !== undefined) last.content = text;
  return anchor;
}

/** The text of a heading without its marks. @param {any} token */
const textOf = (token) =>
  token.children
    .map((/** @type {any} */ { type, content }) => (/^(text|code_inline)$/.test(type) ? content : ""))
    .join("");

/** @param {string} text */
const titleOf = (text) => (/^# (.+)$/m.exec(text)?.[1] ?? "").replace(/[`*]/g, "");

/**
 * A link of a page as it is on the site. Files that the site does not have, such as sources, stay
 * as they are in the repository; a page never links to them, see test/docs.test.ts.
 * @param {string} from the folder of the page
 * @param {string} link
 * @param {ReadonlySet<string>} pages
 */
function linkOf(from, link, pages) {
  if (/^(https?:|#)/.test(link)) return link;
  const [, path = "", rest = ""] = /^([^#]*)(#.*)?$/.exec(link) ?? [];
  const file = posix.join(from, path).replace(/\/$/, "");
  if (file === "README.md") return `${posix.relative(from, "docs/guide/index.html")}${rest}`;
  const target = pages.has(file) ? file : pages.has(`${file}/README.md`) ? `${file}/README.md` : undefined;
  return target === undefined ? link : `${posix.relative(from, pageOf(target))}${rest}`;
}

/** The pages of the guide in the order of its index, and what stands beside them. */
function contents() {
  const index = readFileSync(join(root, "docs/guide/README.md"), "utf8");
  const guide = [...index.matchAll(/^\| \[([^\]]+)\]\(([\w-]+\.md)\)/gm)].map(([, title = "", name = ""]) => ({
    title,
    page: `docs/guide/${pageOf(name)}`,
  }));
  return [
    { title: "Chapters", page: "index.html" },
    { title: "Guide", page: "docs/guide/index.html" },
    ...guide,
    { title: "Gallery", page: "docs/gallery.html" },
    { title: "Results", page: "RESULTS.html" },
    { title: "Reference", page: "reference/index.html" },
  ];
}

/** @param {string} path @param {string} title @param {string} body */
function frame(path, title, body) {
  const own = pageOf(path);
  /** @param {string} page */
  const to = (page) => posix.relative(dirname(own), page);
  const links = contents().map(
    ({ title, page }) =>
      `<li><a href="${to(page)}"${page === own ? ' aria-current="page"' : ""}>${escapeHtml(title)}</a></li>`,
  );
  const page = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="POLICY">
<meta name="color-scheme" content="light dark">
<title>${escapeHtml(title)} – brenier</title>
<link rel="icon" href="${to("icon.svg")}" type="image/svg+xml">
<link rel="stylesheet" href="${to("style.css")}">
<link rel="stylesheet" href="${to("documents.css")}">
</head>
<body>
<a class="skip" href="#text">To the text</a>
<header class="site">
<a class="brand" href="${to("index.html")}"><img src="${to("icon.svg")}" alt="" width="28" height="28">brenier</a>
<nav aria-label="Pages">
<ol>
${links.join("\n")}
</ol>
</nav>
</header>
<main id="text" class="document" tabindex="-1">
${body}</main>
</body>
</html>
`;
  return page.replace("POLICY", policyOf(page));
}
