// `npm run reference` writes the reference of the package into dist-site/reference/: a page for each
// name that an entry exports, made by TypeDoc from the declarations in dist/ and their docstrings.
// TypeDoc does not work with the compiler of this project; site/package.json has one that it does.
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { main, noArguments, root, Stop } from "./command.mjs";
import { policyOf } from "./serve.mjs";
import { installPackages, setup } from "./setup.mjs";

/** The entries of the package, as their names are imported, and their declarations below dist/. */
const ENTRIES = {
  brenier: "index",
  "brenier/ot": "ot/index",
  "brenier/models": "models/index",
  "brenier/metrics": "metrics/index",
  "brenier/worker": "worker/index",
  "brenier/audit": "audit/index",
  "brenier/node": "node",
  "brenier/web": "web",
};

/** What stands for the way to the site's root in links, which is another on each page. */
const HOME = "https://site.invalid/";

/** The lines at the top of a face of src/, which say what it is for. @param {string} file */
const headOf = (file) =>
  (/^(?:\/\/.*\n)+/.exec(readFileSync(join(root, `src/${file}.ts`), "utf8"))?.[0] ?? "").replace(/^\/\/ ?/gm, "").trim();

/**
 * Writes the reference. Throws a `Stop` with TypeDoc's words for an error, an export without a
 * docstring, and a link in one that leads nowhere.
 * @param {string} site the folder of the site, which gets `reference/`
 */
export async function writeReference(site) {
  const out = join(site, "reference");
  rmSync(out, { recursive: true, force: true });
  const { Application, Comment } = await import(
    pathToFileURL(join(root, "site/node_modules/typedoc/dist/index.js")).href
  );
  const kinds = ["Module", "Variable", "Function", "Class", "Interface", "TypeAlias"];
  const app = await Application.bootstrap({
    entryPoints: Object.values(ENTRIES).map((file) => join(root, `dist/${file}.d.ts`)),
    tsconfig: join(root, "site/tsconfig.reference.json"),
    name: "brenier",
    readme: "none",
    out,
    excludePrivate: true,
    excludeExternals: true,
    disableSources: true,
    hideGenerator: true,
    githubPages: false,
    navigationLinks: { Guide: `${HOME}docs/guide/index.html`, Chapters: `${HOME}index.html` },
    requiredToBeDocumented: kinds,
    validation: { notExported: false, invalidLink: true, notDocumented: true, rewrittenLink: true },
    logLevel: "Warn",
  });
  /** @type {string[]} */
  const words = [];
  app.logger.addContext = (/** @type {string} */ message) => {
    words.push(message);
    return message;
  };
  const project = await app.convert();
  if (project !== undefined) {
    for (const module of project.children) {
      const file = Object.entries(ENTRIES).find(([, path]) => path.replace(/\/index$/, "") === module.name);
      if (file === undefined) throw new Stop(`reference: expected an entry of the package, got ${module.name}`);
      module.name = file[0];
      module.comment = new Comment([{ kind: "text", text: headOf(file[1]) }]);
    }
    app.validate(project);
    if (!app.logger.hasErrors() && !app.logger.hasWarnings()) await app.generateOutputs(project);
  }
  if (project === undefined || app.logger.hasErrors() || app.logger.hasWarnings()) {
    throw new Stop(`reference: expected no warning of TypeDoc, got ${words.length}\n${words.join("\n")}`);
  }
  for (const name of readdirSync(out, { recursive: true, encoding: "utf8" })) {
    if (!name.endsWith(".html")) continue;
    const path = join(out, name);
    const home = relative(join(path, ".."), site).replaceAll("\\", "/");
    const page = readFileSync(path, "utf8").replaceAll(HOME, `${home}/`);
    const policy = `<meta http-equiv="Content-Security-Policy" content="${policyOf(page)}"/>`;
    writeFileSync(path, page.replace("<head>", `<head>${policy}`));
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await main(async () => {
    noArguments("reference");
    setup({ adapter: false });
    installPackages("site", ["--ignore-scripts"]);
    const site = join(root, "dist-site");
    await writeReference(site);
    console.log(join(site, "reference/index.html"));
  });
}
