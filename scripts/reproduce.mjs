// `npm run reproduce -- [EXPERIMENT ...] [FLAGS]`: sets up, fetches the data sets that are asked for, and measures; RESULTS.md and docs/results/ are
// written anew.
import { main, runEntry } from "./command.mjs";
import { setup } from "./setup.mjs";

const SETS = ["mnist", "fashion", "cifar10"];

await main(async () => {
  const args = process.argv.slice(2);
  const help = args.includes("--help") || args.includes("-h");
  setup({ adapter: !help });
  if (!help && !args.some((arg) => arg.startsWith("--data"))) {
    for (const set of neededSets(args)) process.exitCode ||= await runEntry(["dist/data.js", "fetch", set]);
  }
  if (!process.exitCode) process.exitCode = await runEntry(["dist/reproduce.js", "--publish", ".", ...args]);
});

/**
 * Every set for every experiment; else those that names begin with, and mnist for the others, which is small.
 * @param {readonly string[]} args
 */
function neededSets(args) {
  const values = new Set(args.flatMap((arg, i) => (/^--[a-z]+$/.test(arg) ? [args[i + 1]] : [])));
  const names = args.filter((arg) => !arg.startsWith("-") && !values.has(arg));
  if (names.length === 0) return SETS;
  return SETS.filter((set) => names.some((name) => name.startsWith(set)) || set === "mnist");
}
