// Compiles the tests and runs every test file in a process of its own, since a crash of Dawn ends a
// process. uvu exits with 0 even when a file forgets `test.run()`, when `.only` is left in, when a
// hook throws and when nothing matches. So the tests are counted from uvu's own summary, and a file
// passes only when all of its tests ran and passed.
import { spawn } from "node:child_process";
import { closeSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { root, runNode, Stop, tsc } from "./command.mjs";

/** @typedef {{ passed: number, failed: number, problem: string | null }} Result */

/** Folder of the tests that `npm test` leaves out, since they install other runtimes first. */
const APART = "test/runtimes/";

/**
 * Name of the environment variable that is 1 where tests run in their deep form: all cases in place
 * of a sample.
 */
export const DEEP = "BRENIER_DEEP";

/** Seconds for one file. */
const timeLimitOf = () => (process.env[DEEP] === "1" ? 4 * 3600 : 600);

const colours = process.stdout.isTTY && !process.env.NO_COLOR;
const ok = colours ? "\x1b[32mok\x1b[0m  " : "ok  ";
const fail = colours ? "\x1b[31mFAIL\x1b[0m" : "FAIL";

/**
 * The last line of `npm test` and `npm run check`.
 * @param {number} passed
 * @param {number} failed
 */
export function tally(passed, failed) {
  return `${passed} passed, ${failed} failed`;
}

/** Compiles the tests into .test-build and returns the folder that holds them. */
export function compileTests() {
  const folder = join(root, ".test-build");
  rmSync(folder, { recursive: true, force: true }); // a deleted test leaves nothing behind
  runNode("test: compilation failed", [tsc, "-p", "tsconfig.test.json"]);
  return join(folder, "test");
}

/** The name of the source of a compiled test. @param {string} folder @param {string} file */
const nameOf = (folder, file) => relative(dirname(folder), file).replaceAll("\\", "/").replace(/\.js$/, ".ts");

/** The compiled tests under a folder. @param {string} folder */
const testsIn = (folder) =>
  readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".test.js"))
    .sort()
    .map((name) => join(folder, name));

/** The names of the tests that have a deep form: those that read `DEEP`. @param {string} folder */
export const deepTests = (folder) =>
  testsIn(folder)
    .filter((file) => readFileSync(file, "utf8").includes(DEEP))
    .map((file) => nameOf(folder, file));

/**
 * Runs the `*.test.js` files under a folder whose name contains one of `filters` (all except those
 * of APART when there are no filters).
 * @param {{
 *   folder: string, filters?: readonly string[], jobs?: number, timeLimit?: number,
 *   say?: (text: string) => void
 * }} options `timeLimit` in seconds, for one file
 * @returns {Promise<{ passed: number, failed: number }>}
 */
export async function runTests({ folder, filters = [], jobs = 2, timeLimit = timeLimitOf(), say = console.log }) {
  const files = testsIn(folder).filter((file) => {
    const name = nameOf(folder, file);
    return filters.length === 0 ? !name.startsWith(APART) : filters.some((filter) => name.includes(filter));
  });
  if (files.length === 0) {
    throw new Stop(`test: expected a test file named like [${filters.join(", ")}], got none; see ${folder}`);
  }
  const logs = mkdtempSync(join(tmpdir(), "brenier-test-"));
  const total = { passed: 0, failed: 0 };
  const queue = files.entries();
  const worker = async () => {
    for (const [index, file] of queue) {
      const started = performance.now();
      const log = join(logs, `${index}.log`);
      const ending = await runFile(file, log, timeLimit);
      const output = readFileSync(log, "utf8");
      const { passed, failed, problem } = judge(output, ending);
      total.passed += passed;
      total.failed += failed;
      const seconds = ((performance.now() - started) / 1000).toFixed(1);
      say(`${failed === 0 ? ok : fail}  ${nameOf(folder, file)}  ${tally(passed, failed)}  ${seconds} s`);
      if (failed > 0) say(`${output.trimEnd()}\n${problem === null ? "" : `${nameOf(folder, file)}: ${problem}\n`}`);
    }
  };
  await Promise.all(Array.from({ length: jobs }, worker));
  rmSync(logs, { recursive: true, force: true });
  return total;
}

/**
 * Runs one file with its output in `log` (a file, so that a crash loses nothing of it and a process
 * that the test left behind cannot hold it open) and returns how it ended: `null` is exit code 0.
 * @param {string} file
 * @param {string} log
 * @param {number} timeLimit
 * @returns {Promise<string | null>}
 */
function runFile(file, log, timeLimit) {
  const output = openSync(log, "w");
  const env = { ...process.env, NO_COLOR: "1" }; // for parsing uvu's summary
  const stdio = /** @type {import("node:child_process").StdioOptions} */ (["ignore", output, output]);
  const child = spawn(process.execPath, ["--enable-source-maps", file], { cwd: root, env, stdio });
  closeSync(output);
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    child.kill("SIGKILL");
  }, timeLimit * 1000);
  return new Promise((resolve) => {
    /** @param {string | null} ending */
    const end = (ending) => {
      clearTimeout(timer);
      resolve(late ? `took longer than ${timeLimit} s` : ending);
    };
    child.on("error", (error) => end(error.message));
    child.on("exit", (code, signal) =>
      end(signal === null ? (code === 0 ? null : `exit code ${code}`) : `crashed: ${signal}`),
    );
  });
}

/**
 * The result of a test file from its output and its exit. A problem that uvu did not count is one
 * more failure.
 * @param {string} output
 * @param {string | null} ending
 * @returns {Result}
 */
export function judge(output, ending) {
  const summaries = [...output.matchAll(/^ {2}Total: +(\d+)\n {2}Passed: +(\d+)\n {2}Skipped: +(\d+)$/gm)];
  const [total = 0, passed = 0, skipped = 0] = (summaries.at(-1) ?? []).slice(1).map(Number);
  const failed = total - passed;
  const problem = problemOf(summaries.length, total, skipped, failed > 0 && ending === "exit code 1" ? null : ending);
  return { passed, failed: failed + (problem === null ? 0 : 1), problem };
}

/**
 * @param {number} summaries
 * @param {number} total
 * @param {number} skipped
 * @param {string | null} ending
 */
function problemOf(summaries, total, skipped, ending) {
  if (ending !== null) return ending;
  if (summaries > 1) return "uvu started before all suites were there; await nothing between two `describe`";
  if (total === 0) return "expected tests, got none; use `describe` of test/support/suite.ts";
  if (skipped > 0) return `expected all tests to run, got ${skipped} skipped; remove \`.only\` and \`.skip\``;
  return null;
}
