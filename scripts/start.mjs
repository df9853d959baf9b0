// `npm start -- ARGS`: sets up, fetches the chosen data set, unless it is a folder of the user's
// own, and runs `node dist/train.js ARGS`.
import { main, runEntry } from "./command.mjs";
import { setup } from "./setup.mjs";

await main(async () => {
  const args = process.argv.slice(2);
  const help = args.includes("--help") || args.includes("-h");
  setup({ adapter: !help });
  const name = dataNamed(args);
  if (!help && ["mnist", "fashion", "cifar10"].includes(name)) {
    process.exitCode = await runEntry(["dist/data.js", "fetch", name]);
  }
  if (!process.exitCode) process.exitCode = await runEntry(["dist/train.js", ...args]);
});

/** @param {readonly string[]} args the last `--data NAME` or `--data=NAME` counts */
function dataNamed(args) {
  const names = args.flatMap((arg, i) =>
    arg === "--data" ? [args[i + 1]] : (/^--data=(.*)$/.exec(arg)?.slice(1) ?? []),
  );
  return names.at(-1) ?? "mnist";
}
