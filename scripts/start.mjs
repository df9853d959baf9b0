// `npm start -- ARGS`: sets up, fetches the data set that is asked for, unless it is a folder of the user's own, and runs `node dist/train.js ARGS`.
import { spawn } from "node:child_process";
import { constants } from "node:os";
import { main, root } from "./command.mjs";
import { setup } from "./setup.mjs";

await main(async () => {
  const args = process.argv.slice(2);
  const help = args.includes("--help") || args.includes("-h");
  setup({ adapter: !help });
  const name = dataNamed(args);
  if (!help && ["mnist", "fashion", "cifar10"].includes(name)) {
    process.exitCode = await run(["dist/data.js", "fetch", name]);
  }
  if (!process.exitCode) process.exitCode = await run(["dist/train.js", ...args]);
});

/** @param {readonly string[]} args the last `--data NAME` or `--data=NAME` counts */
function dataNamed(args) {
  const names = args.flatMap((arg, i) =>
    arg === "--data" ? [args[i + 1]] : (/^--data=(.*)$/.exec(arg)?.slice(1) ?? []),
  );
  return names.at(-1) ?? "mnist";
}

/**
 * Runs a script of Node's on this terminal and returns its exit code. This process outlives it whatever signal comes:
 * the child ends itself, in its own time. A terminal sends Ctrl-C to both, so it is handed on only without one.
 * @param {readonly string[]} args
 * @returns {Promise<number>}
 */
function run(args) {
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
