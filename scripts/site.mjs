// `npm run site` builds the site of site/ into dist-site/: static files with relative addresses.
import { createHash } from "node:crypto";
import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { main, noArguments, root } from "./command.mjs";
import { setup } from "./setup.mjs";

export const SITE = join(root, "dist-site");

/** What a page may load and run: files of its own origin, and texts of these digests. */
const POLICY = (/** @type {readonly string[]} */ digests) =>
  [
    "default-src 'self'",
    `script-src 'self'${digests.map((digest) => ` 'sha256-${digest}'`).join("")}`,
    "img-src 'self' blob: data:",
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'none'",
  ].join("; ");

/** The policy of a page with inline scripts, by their digests. @param {string} page */
export function policyOf(page) {
  const scripts = [...page.matchAll(/<script>([\s\S]*?)<\/script>/g)].map(([, text]) => text ?? "");
  return POLICY(scripts.map((text) => createHash("sha256").update(text).digest("base64")));
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
    entryPoints: ["site/shell/main.ts", "site/shell/worker.ts", "site/style.css"],
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
  const first = Object.entries(metafile.outputs).find(([, { entryPoint }]) => entryPoint === FIRST);
  const ahead = first === undefined ? "" : `<link rel="modulepreload" href="chunks/${basename(first[0])}" />`;
  writeFileSync(
    join(out, "index.html"),
    page
      .replace("POLICY", policyOf(page))
      .replace("STYLE", "style.css")
      .replace('<script type="module" src="SCRIPT">', `${ahead}\n    <script type="module" src="main.js">`),
  );
  copyFileSync(join(root, "site/icon.svg"), join(out, "icon.svg"));
}

/** The chapter that opens first; it is loaded beside the page's script. */
const FIRST = "site/chapters/cells/chapter.ts";

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await main(async () => {
    noArguments("site");
    setup({ adapter: false });
    await buildSite();
    console.log(SITE);
  });
}
