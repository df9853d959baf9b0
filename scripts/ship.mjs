// Makes dist/, as tsc wrote it, as small as a package needs. Modules lose their comments, which the
// declarations beside them keep. dist/.npmignore leaves those declarations out of the package that
// no entry's types lead to: the entries of package.json are all that a program can import.
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { transformSync } from "esbuild";
import { root, Stop } from "./command.mjs";

const dist = join(root, "dist");

/** @param {string} ending @returns {string[]} the files of dist whose names end so */
function files(ending) {
  return readdirSync(dist, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(ending) && !name.startsWith("pages"))
    .map((name) => join(dist, name));
}

/** @returns {Set<string>} the declarations that the entries' types lead to */
function declared() {
  const { exports } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  const entries = Object.values(exports).flatMap(({ types }) => (types === undefined ? [] : [join(root, types)]));
  const found = new Set(entries.filter(existsSync));
  // The loop also comes to those that it adds.
  for (const file of found) {
    for (const [, path = ""] of readFileSync(file, "utf8").matchAll(/(?:from |import\()"(\.[^"]+)\.[jt]s"/g)) {
      found.add(resolve(dirname(file), `${path}.d.ts`));
    }
  }
  return found;
}

/** @param {string} code a module @returns {string} the same without comments */
function withoutComments(code) {
  const bare = code
    .replace(/^[ \t]*\/\*\*[\s\S]*?\*\/\n/gm, "")
    .replace(/^[ \t]*\/\/(?: .*)?\n/gm, "")
    .replace(/[ \t]+\/\/ [^"'`\n]*$/gm, "");
  /** @param {string} text */
  const tokens = (text) => transformSync(text, { minifyWhitespace: true, target: "esnext" }).code;
  if (tokens(bare) !== tokens(code)) throw new Stop("ship: expected comments to be on lines without text, got others");
  return bare;
}

for (const file of files(".js")) writeFileSync(file, withoutComments(readFileSync(file, "utf8")));
const needed = declared();
const hidden = files(".d.ts").filter((file) => !needed.has(file));
const names = hidden.map((file) => `/${relative(dist, file).replaceAll("\\", "/")}`);
writeFileSync(join(dist, ".npmignore"), `${["/.stamp", ...names].join("\n")}\n`);
