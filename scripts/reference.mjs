// The reference of the package, a part of the site: a page for each entry, made by TypeDoc from the
// declarations in dist/ and their docstrings, as Markdown that documents.mjs renders. TypeDoc does
// not work with the compiler of this project; site/package.json has one that it does.
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, posix } from "node:path";
import { pathToFileURL } from "node:url";
import { root, Stop } from "./command.mjs";
import { documentWriter } from "./documents.mjs";

const PACKAGES = join(root, "site/node_modules");

/** The entries of the package, as their names are imported, and their declarations below dist/. */
const ENTRIES = {
  brenier: "index",
  "brenier/ot": "ot/index",
  "brenier/models": "models/index",
  "brenier/metrics": "metrics/index",
  "brenier/worker": "worker/index",
  "brenier/cluster": "cluster/index",
  "brenier/audit": "audit/index",
  "brenier/node": "node",
  "brenier/web": "web",
};

const OPTIONS = {
  entryPoints: Object.values(ENTRIES).map((file) => join(root, `dist/${file}.d.ts`)),
  tsconfig: join(root, "site/tsconfig.reference.json"),
  plugin: [join(PACKAGES, "typedoc-plugin-markdown/dist/index.js")],
  name: "Reference",
  readme: "none",
  logLevel: "Warn",
  excludePrivate: true,
  excludeExternals: true,
  disableSources: true,
  sort: ["alphabetical"],
  requiredToBeDocumented: ["Module", "Variable", "Function", "Class", "Interface", "TypeAlias"],
  validation: { notExported: false, invalidLink: true, notDocumented: true, rewrittenLink: true },
  router: "module",
  hideBreadcrumbs: true,
  hidePageHeader: true,
  useCodeBlocks: true,
  useHTMLAnchors: true,
  tableColumnSettings: { hideModifiers: true },
  parametersFormat: "table",
  interfacePropertiesFormat: "table",
  classPropertiesFormat: "table",
  typeAliasPropertiesFormat: "table",
  typeDeclarationFormat: "table",
};

/** The lines at the top of a face of src/, which say what it is for. @param {string} file */
const headOf = (file) =>
  (/^(?:\/\/.*\n)+/.exec(readFileSync(join(root, `src/${file}.ts`), "utf8"))?.[0] ?? "")
    .replace(/^\/\/ ?/gm, "")
    .trim();

/** Writes the reference as Markdown into a folder; see `writeReference`. @param {string} folder */
async function writeMarkdown(folder) {
  const { Application, Comment } = await import(pathToFileURL(join(PACKAGES, "typedoc/dist/index.js")).href);
  const app = await Application.bootstrapWithPlugins({ ...OPTIONS, outputs: [{ name: "markdown", path: folder }] });
  /** @type {string[]} */
  const words = [];
  const { addContext } = app.logger;
  app.logger.addContext = (
    /** @type {string} */ message,
    /** @type {number} */ level,
    /** @type {unknown[]} */ ...at
  ) => {
    if (level >= 2) words.push(message);
    return addContext.call(app.logger, message, level, ...at);
  };
  const project = await app.convert();
  if (project !== undefined) {
    for (const module of project.children) {
      const [name, file] =
        Object.entries(ENTRIES).find(([, path]) => path.replace(/\/index$/, "") === module.name) ?? [];
      module.name = name;
      module.comment = new Comment([{ kind: "text", text: headOf(file ?? "") }]);
    }
    app.validate(project);
    await app.generateOutputs(project);
  }
  if (project === undefined || app.logger.hasErrors() || app.logger.hasWarnings()) {
    throw new Stop(`reference: expected no warning of TypeDoc, got ${words.length}\n${words.join("\n")}`);
  }
}

/**
 * Markdown of TypeDoc with its anchors as documents.mjs reads them, and without what a reader does
 * not look for: anchors in tables, and from which class or interface a member comes.
 * @param {string} text
 */
const trimmed = (text) =>
  text
    .replace(/<a id="([^"]*)"><\/a>\n\n(#+ .+)/g, "$2 {#$1}")
    .replace(/<a id="[^"]*"><\/a> /g, "")
    .replace(/\[(`[^`]+`)\]\([^)#]*#property-[^)]*\)/g, "$1")
    .replace(/^#+ (?:Implementation of|Inherited from|Overrides)\n\n.*\n\n/gm, "")
    .replace(/^#+ Returns\n\n`void`\n\n/gm, "");

/**
 * The names on a page with links, by their kind, to stand above the first of them.
 * @param {string} text
 */
function withContents(text) {
  const lines = [...text.matchAll(/^(?:## (?<kind>.+)|### (?<name>.+) \{#(?<anchor>.+)\})$/gm)].map(({ groups }) =>
    groups?.kind === undefined ? `[${groups?.name}](#${groups?.anchor})` : `\n${groups.kind}:`,
  );
  return text.replace(/^## /m, `${lines.join("\n")}\n\n## `);
}

/**
 * Writes the reference. Throws a `Stop` with TypeDoc's words for an error, an export without a
 * docstring, and a link in one that leads nowhere.
 * @param {string} site the folder of the site, which gets `reference/`
 */
export async function writeReference(site) {
  const folder = mkdtempSync(join(tmpdir(), "brenier-reference-"));
  try {
    await writeMarkdown(folder);
    const names = readdirSync(folder, { recursive: true, encoding: "utf8" })
      .map((name) => name.replaceAll("\\", "/"))
      .filter((name) => name.endsWith(".md"));
    const pathOf = (/** @type {string} */ name) => posix.join("reference", name);
    const write = documentWriter(site, names.map(pathOf));
    for (const name of names) {
      const text = trimmed(readFileSync(join(folder, name), "utf8"));
      write(pathOf(name), name === "README.md" ? text : withContents(text));
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
