// Prepares a clone to run: checks Node's version, and provides packages, build, and an adapter for
// Dawn. It does only the missing steps, and is quick when none is missing. start.mjs, test.mjs and
// check.mjs, among others, use it.
import { lstatSync, rmSync } from "node:fs";
import { basename, join } from "node:path";
import { root, runNode, runQuietly, Stop, tsc } from "./command.mjs";
import { ensureAdapter } from "./driver.mjs";
import { digest, isStamped, writeStamp } from "./stamp.mjs";

const generator = "scripts/generate-shaders.mjs";
const shipper = "scripts/ship.mjs";
const bundler = "scripts/bundle.mjs";

/**
 * Prints one line for each thing that it does. Throws a `Stop` that says what to do when something
 * is missing that it cannot provide.
 * @param {{ adapter?: boolean }} [options] without `adapter` no GPU is asked for
 * @returns {string | null} the adapter's description, `null` when none was asked for
 */
export function setup({ adapter = true } = {}) {
  requireNode(process.versions.node);
  installPackages();
  build();
  return adapter ? ensureAdapter(say).description : null;
}

/** @param {string} line */
function say(line) {
  console.log(`setup: ${line}`);
}

/** @param {string} version */
export function requireNode(version) {
  if (Number.parseInt(version, 10) < 20) {
    throw new Stop(`setup: expected Node 20 or later, got ${version}; install a newer Node`);
  }
}

/**
 * `npm ci` in a folder with a package-lock.json, unless it was done with this lock before.
 * @param {string} [folder] relative to the project's root
 * @param {readonly string[]} [flags]
 */
export function installPackages(folder = ".", flags = []) {
  const stamp = join(folder, "node_modules/.brenier-lock");
  const lock = digest([join(folder, "package-lock.json")]);
  if (isStamped(stamp, lock)) return;
  if (lstatSync(join(root, folder, "node_modules"), { throwIfNoEntry: false })?.isSymbolicLink()) {
    // npm would empty the folder behind the link, which other projects may use.
    const expected = `setup: expected packages of ${join(folder, "package-lock.json")} in node_modules`;
    throw new Stop(`${expected}, got a link to other ones; install them there, or remove the link`);
  }
  say(`npm ci (${join(folder, "node_modules")} is missing or from another package-lock.json)`);
  const { command, args, shell } = npmCi(flags);
  const { failure, output } = runQuietly(command, args, { cwd: join(root, folder), shell });
  if (failure !== null) throw new Stop(`${output.trimEnd()}\nsetup: npm ci failed (${failure})`);
  writeStamp(stamp, lock);
}

/**
 * The command of `npm ci`. Development packages are installed whatever NODE_ENV says, since the
 * build needs them.
 * @param {readonly string[]} [flags]
 */
export function npmCi(flags = []) {
  return npmCommand(["ci", "--include=dev", "--include=optional", "--no-audit", "--no-fund", ...flags]);
}

/**
 * A command of npm. npm tells the scripts that it runs the path of its own script, so this is the
 * npm that the user called.
 * @param {readonly string[]} args
 */
export function npmCommand(args) {
  const npm = process.env.npm_execpath ?? "";
  if (basename(npm) === "npm-cli.js") return { command: process.execPath, args: [npm, ...args], shell: false };
  return { command: "npm", args, shell: process.platform === "win32" };
}

function build() {
  const stamp = "dist/.stamp";
  const inputs = [
    "src",
    "shaders",
    "tsconfig.json",
    generator,
    "pages",
    "scripts/generate-table.mjs",
    "scripts/generate-page.mjs",
    "scripts/import-source.mjs",
    shipper,
    bundler,
  ];
  if (isStamped(stamp, digest(inputs))) return;
  say("build (dist is missing or older than its sources)");
  // so that nothing is left of a deleted source
  rmSync(join(root, "dist"), { recursive: true, force: true });
  runNode("setup: generate-shaders failed", [generator]);
  // The digest is taken after the generator wrote into src and before tsc runs, so that files
  // edited while tsc runs are built next time.
  const built = digest(inputs);
  runNode("setup: build failed", [tsc, "-p", "."]);
  runNode("setup: shipping failed", [shipper]);
  runNode("setup: bundling failed", [bundler]);
  writeStamp(stamp, built);
}
