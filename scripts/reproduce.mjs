// `npm run reproduce -- [EXPERIMENT ...] [FLAGS]`: sets up, fetches the data sets of the chosen
// experiments, and runs them; RESULTS.md and docs/results/ are written anew.
import { main, runEntry } from "./command.mjs";
import { setup } from "./setup.mjs";

await main(async () => {
  const args = process.argv.slice(2);
  const help = args.includes("--help") || args.includes("-h");
  setup({ adapter: !help });
  if (!help && !args.some((arg) => arg.startsWith("--data"))) {
    for (const set of await neededSets(args)) process.exitCode ||= await runEntry(["dist/data.js", "fetch", set]);
  }
  if (!process.exitCode) process.exitCode = await runEntry(["dist/reproduce.js", "--publish", ".", ...args]);
});

/**
 * The data sets of the named experiments, or of all where none is named. A name that the command
 * will refuse has none.
 * @param {readonly string[]} args
 */
async function neededSets(args) {
  const { EXPERIMENTS } = await import("../dist/experiments/all.js");
  const values = new Set(args.flatMap((arg, i) => (/^--[a-z]+$/.test(arg) ? [args[i + 1]] : [])));
  const names = args.filter((arg) => !arg.startsWith("-") && !values.has(arg));
  if (names.some((name) => EXPERIMENTS.every((each) => each.name !== name))) return [];
  const chosen = EXPERIMENTS.filter(({ name }) => names.length === 0 || names.includes(name));
  return [...new Set(chosen.flatMap(({ data }) => data))];
}
