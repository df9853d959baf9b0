// The helpers that the scripts share: the project's root, running a command without showing its
// output, and ending with a message.
import { spawn, spawnSync } from "node:child_process";
import { constants } from "node:os";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("..", import.meta.url));

export const tsc = "node_modules/typescript/bin/tsc";
export const biome = "node_modules/@biomejs/biome/bin/biome";

/** An error that ends a script, with the message for the user and the exit code. */
export class Stop extends Error {
  /** @param {string} message @param {number} [exitCode] */
  constructor(message, exitCode = 1) {
    super(message);
    this.exitCode = exitCode;
  }
}

/**
 * Runs a command in the project's root without showing its output, which is needed only when the
 * command fails.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv, shell?: boolean }} [options] `cwd` in place of
 *   the root
 * @returns {{ failure: string | null, output: string }} `failure` is `null`, or says how the
 *   command ended
 */
export function runQuietly(command, args, options = {}) {
  const settings = { cwd: root, encoding: /** @type {const} */ ("utf8"), maxBuffer: 1 << 28, ...options };
  const { status, signal, error, stdout, stderr } = spawnSync(command, args, settings);
  const output = `${stdout ?? ""}${stderr ?? ""}`;
  if (status === 0) return { failure: null, output };
  return { failure: error?.message ?? (signal === null ? `exit code ${status}` : `ended by ${signal}`), output };
}

/**
 * Runs a script of Node's; see `runQuietly`. Throws a `Stop` with the whole output when it fails.
 * @param {string} what names the step that failed
 * @param {readonly string[]} args
 */
export function runNode(what, args) {
  const { failure, output } = runQuietly(process.execPath, args);
  if (failure !== null) throw new Stop(`${output.trimEnd()}\n${what}: ${failure}`);
}

/**
 * A `Stop` for wrong usage when a script that takes no arguments was given some.
 * @param {string} name the script
 */
export function noArguments(name) {
  const [first] = process.argv.slice(2);
  if (first !== undefined) throw new Stop(`${name}: expected no arguments, got ${first}`, 2);
}

/**
 * Runs the body of a script: a `Stop` gives its message and exit code, any other error its stack
 * and exit code 1.
 * @param {() => Promise<void> | void} body
 */
export async function main(body) {
  try {
    await body();
  } catch (error) {
    console.error(error instanceof Stop ? error.message : error);
    process.exitCode = error instanceof Stop ? error.exitCode : 1;
  }
}

/**
 * Runs a script of Node's on this terminal and returns its exit code. This process outlives the
 * child whatever signal comes, so that the child can end in its own time. A terminal sends Ctrl-C
 * to both processes, so the signal is passed on only where there is no terminal.
 * @param {readonly string[]} args
 * @returns {Promise<number>}
 */
export function runEntry(args) {
  const child = spawn(process.execPath, args, { cwd: root, stdio: "inherit" });
  const interrupt = () => process.stdin.isTTY || child.kill("SIGINT");
  const terminate = () => child.kill("SIGTERM");
  process.on("SIGINT", interrupt).on("SIGTERM", terminate);
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code, signal) => {
      process.off("SIGINT", interrupt).off("SIGTERM", terminate);
      resolve(code ?? 128 + constants.signals[signal ?? "SIGTERM"]);
    });
  });
}
