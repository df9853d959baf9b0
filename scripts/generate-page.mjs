// Turns pages/report into src/report/page.generated.ts: the script of a run's report, with uPlot in
// it, and its style, as texts with the digests that the page's policy names. `--check` writes
// nothing and fails when the generated file is stale. generate-shaders.mjs runs it.
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { buildSync } from "esbuild";

const SOURCE = "pages/report";
const OUTPUT = "src/report/page.generated.ts";

/** @param {string} entry @param {import("esbuild").BuildOptions} [options] */
function bundle(entry, options = {}) {
  const { outputFiles } = buildSync({
    entryPoints: [`${SOURCE}/${entry}`],
    bundle: true,
    minify: true,
    write: false,
    target: "es2022",
    charset: "utf8",
    legalComments: "none",
    logLevel: "error",
    ...options,
  });
  const text = outputFiles?.[0]?.text.trim() ?? "";
  // Either would end the element that holds the text, or hide what follows it.
  if (/<\/(script|style)|<!--/i.test(text)) throw new Error(`${SOURCE}/${entry}: expected no end of an element in it`);
  return text;
}

/** @param {string} name @param {string} text */
const constant = (name, text) =>
  `export const ${name}: string =\n  ${JSON.stringify(text)};\n` +
  `/** SHA-256 of it in base64, as a policy names it. */\n` +
  `export const ${name}_SHA256: string = "${createHash("sha256").update(text).digest("base64")}";\n`;

const licence = readFileSync("node_modules/uplot/LICENSE", "utf8").trim();
const { version } = JSON.parse(readFileSync("node_modules/uplot/package.json", "utf8"));
const script = bundle("main.ts", { format: "iife", banner: { js: `/* uPlot ${version}\n${licence}\n*/` } });
const output = `// Generated from ${SOURCE} by scripts/generate-page.mjs. Do not edit.

/** The page's script; uPlot in it is under the MIT licence at its beginning. */
${constant("SCRIPT", script)}
/** The page's style, with uPlot's. */
${constant("STYLE", bundle("style.css", { banner: { css: `/* uPlot ${version}, MIT licence: see the script */` } }))}`;

const current = existsSync(OUTPUT) ? readFileSync(OUTPUT, "utf8") : "";
if (process.argv.includes("--check")) {
  if (current !== output) {
    console.error(`${OUTPUT} is stale; run \`npm run shaders\``);
    process.exit(1);
  }
} else if (current !== output) {
  writeFileSync(OUTPUT, output);
}
