// A clean checkout of another revision of this repository, built in a temporary folder that exists
// only while it is used.
import { spawn } from "node:child_process";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { root, runQuietly, Stop, tsc } from "./command.mjs";
import { npmCi } from "./setup.mjs";

/**
 * `name` is the short hash; `title` is the hash and the subject.
 * @typedef {{ name: string, commit: string, title: string }} Revision
 */

/**
 * Path of the compiled workloads of `--against`, and of those for revisions without workloads of
 * their own.
 */
const workloads = ".test-build/bench/against/workloads.js";
const oldWorkloads = "bench/against/workloads-0.1.0.mjs";

/**
 * The revision that `wanted` names in git's syntax. Throws a `Stop` when there is none.
 * @param {string} wanted
 * @returns {Revision}
 */
export function findRevision(wanted) {
  // The prefix is empty at the top of a repository; an unpacked package may lie within another
  // repository.
  if (git("rev-parse", "--show-prefix") !== "") {
    throw new Stop(`bench: --against: expected a clone of the repository, got ${root} without its history`, 2);
  }
  const commit = git("rev-parse", "--verify", "--quiet", "--end-of-options", `${wanted}^{commit}`);
  if (commit === null) {
    throw new Stop(`bench: --against: expected a revision of this repository, got ${wanted}; see \`git log --all\``, 2);
  }
  const [name = "", title = ""] = (git("log", "-1", "--format=%h%n%h %s", commit) ?? "").split("\n");
  return { name, commit, title };
}

/** A description of the working tree. */
export function workingTree() {
  const changed = git("status", "--porcelain") !== "";
  return `the working tree, ${findRevision("HEAD").title}${changed ? ", with uncommitted changes" : ""}`;
}

/** @param {string[]} args @returns {string | null} `null` when it fails */
function git(...args) {
  const { failure, output } = runQuietly("git", args);
  return failure === null ? output.trim() : null;
}

/**
 * Checks a revision out, builds it with its own settings and compiler, and hands its folder to
 * `use`. The folder is removed afterwards in any case: SIGINT and SIGTERM end the running step
 * first. Throws a `Stop` when the revision cannot be built.
 * @template T
 * @param {Revision} revision
 * @param {(folder: string) => Promise<T>} use
 * @returns {Promise<T>}
 */
export async function withCheckout({ name, commit }, use) {
  /** @type {import("node:child_process").ChildProcess | null} */
  let child = null;
  let exitCode = 0;
  /** @param {"SIGINT" | "SIGTERM"} signal */
  const end = (signal) => {
    exitCode = signal === "SIGINT" ? 130 : 143;
    child?.kill(signal);
  };
  /**
   * @param {string} what the message when the step fails
   * @param {string} command
   * @param {readonly string[]} args
   * @param {string} cwd
   * @param {boolean} [shell]
   */
  const step = (what, command, args, cwd, shell = false) =>
    new Promise((resolve, reject) => {
      let output = "";
      child = spawn(command, args, { cwd, shell, stdio: ["ignore", "pipe", "pipe"] });
      for (const stream of [child.stdout, child.stderr]) stream?.on("data", (data) => (output += data));
      /** @param {string} reason */
      const fail = (reason) => reject(new Stop(`bench: ${name} ${what}: ${reason}`));
      child.on("error", (error) => fail(error.message));
      child.on("close", (code) => {
        child = null;
        if (exitCode !== 0) reject(new Stop("bench: interrupted", exitCode));
        else if (code === 0) resolve(undefined);
        else fail(lineOf(output));
      });
    });
  const folder = mkdtempSync(join(tmpdir(), "brenier-against-"));
  process.on("SIGINT", end).on("SIGTERM", end);
  try {
    const [tree, archive] = [join(folder, "tree"), join(folder, "tree.tar")];
    mkdirSync(tree);
    await step("is not checked out", "git", ["archive", "--format=tar", "-o", archive, commit], root);
    await step("is not checked out", "tar", ["-xf", archive, "-C", tree], root);
    if (sameDependencies(readLock(root), readLock(tree))) {
      symlinkSync(realpathSync(join(root, "node_modules")), join(tree, "node_modules"), "junction");
    } else {
      console.error(`bench: npm ci for ${name}, which has another package-lock.json`);
      const { command, args, shell } = npmCi();
      await step("has no packages", command, args, tree, shell);
    }
    await step("does not build", process.execPath, [tsc, "-p", "tsconfig.test.json"], tree);
    const file = join(tree, workloads);
    mkdirSync(dirname(file), { recursive: true });
    if (!existsSync(file)) copyFileSync(join(root, oldWorkloads), file);
    return await use(tree);
  } finally {
    process.off("SIGINT", end).off("SIGTERM", end);
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The line of a failed command's output that says most. @param {string} output */
function lineOf(output) {
  const lines = output.split("\n").filter((line) => line.trim() !== "");
  return (lines.find((line) => /error/i.test(line)) ?? lines[0] ?? "no reason given").trim();
}

/** @param {string} folder */
function readLock(folder) {
  const file = join(folder, "package-lock.json");
  return existsSync(file) ? readFileSync(file, "utf8") : "";
}

/**
 * Whether two package-lock.json ask for the same packages: they are equal except for the version of
 * the package that they belong to.
 * @param {string} a
 * @param {string} b
 */
export function sameDependencies(a, b) {
  /** @param {string} text */
  const bare = (text) => {
    const { version: _, packages: { "": own, ...others } = { "": {} }, ...rest } = JSON.parse(text);
    return JSON.stringify({ ...rest, packages: { ...others, "": { ...own, version: "" } } });
  };
  return a === b || (a !== "" && b !== "" && bare(a) === bare(b));
}
