// `npm run site` builds the site of site/ into dist-site/: static files with relative addresses.
// With `--pictures` it takes the pictures of the chapters for the docs as well.
import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { main, root, Stop } from "./command.mjs";
import { writeDocuments } from "./documents.mjs";
import { takePictures } from "./picture-site.mjs";
import { writeReference } from "./reference.mjs";
import { policyOf } from "./serve.mjs";
import { installPackages, setup } from "./setup.mjs";
import { kernelSources } from "./site-sources.mjs";

export const SITE = join(root, "dist-site");

/**
 * The files of the chapter that opens first.
 * @param {import("esbuild").Metafile["outputs"]} outputs
 */
function loadedFirst(outputs) {
  const files = new Set(Object.keys(outputs).filter((path) => outputs[path]?.entryPoint === FIRST));
  for (const path of files) {
    for (const { path: needed, kind } of outputs[path]?.imports ?? []) {
      if (kind === "import-statement") files.add(needed);
    }
  }
  return [...files];
}

/**
 * Builds the site.
 * @param {string} out the folder, which is emptied before
 */
export async function buildSite(out = SITE) {
  rmSync(out, { recursive: true, force: true });
  mkdirSync(out, { recursive: true });
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: ["site/shell/main.ts", "site/shell/worker.ts", "site/style.css", "site/documents.css"],
    entryNames: "[name]",
    chunkNames: "chunks/[name]-[hash]",
    outdir: out,
    tsconfig: "tsconfig.site.json",
    bundle: true,
    splitting: true,
    minify: true,
    format: "esm",
    target: "es2022",
    charset: "utf8",
    legalComments: "none",
    logLevel: "error",
    metafile: true,
  });
  const page = readFileSync(join(root, "site/index.html"), "utf8");
  const ahead = loadedFirst(metafile.outputs)
    .map(
      (path) => `<link rel="modulepreload" href="${relative(out, resolve(root, path)).replaceAll("\\", "/")}" />\n    `,
    )
    .join("");
  writeFileSync(
    join(out, "index.html"),
    page
      .replace("POLICY", policyOf(page))
      .replace("STYLE", "style.css")
      .replace('<script type="module" src="SCRIPT">', `${ahead}<script type="module" src="main.js">`),
  );
  copyFileSync(join(root, "site/icon.svg"), join(out, "icon.svg"));
  writeFileSync(join(out, "sources.json"), JSON.stringify(await kernelSources()));
  writeFileSync(join(out, "run.json"), "null\n"); // `npm run demo -- RUN` tells of its run here
}

/** The chapter that opens first; it is loaded beside the page's script. */
const FIRST = "site/chapters/cells/chapter.ts";

/** Builds all of the site: the chapters, the documents and the reference. */
export async function buildWholeSite() {
  setup({ adapter: false });
  installPackages("site", ["--ignore-scripts"]);
  await buildSite();
  writeDocuments(SITE);
  await writeReference(SITE);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await main(async () => {
    const [pictures, run, ...more] = process.argv.slice(2);
    if (more.length > 0 || (pictures !== undefined && pictures !== "--pictures")) {
      throw new Stop(`site: expected no arguments or --pictures [RUN], got ${process.argv.slice(2).join(" ")}`, 2);
    }
    await buildWholeSite();
    console.log(SITE);
    if (pictures !== undefined) await takePictures(SITE, run && resolve(run), console.log);
  });
}
