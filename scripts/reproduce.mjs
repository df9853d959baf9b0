// `npm run reproduce -- [EXPERIMENT ...] [FLAGS]`: sets up, fetches the data sets of the chosen
// experiments, and runs them; RESULTS.md and docs/results/ are written anew.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { main, root, runEntry } from "./command.mjs";
import { installPackages, setup } from "./setup.mjs";

await main(async () => {
  const args = process.argv.slice(2);
  const help = args.includes("--help") || args.includes("-h");
  setup({ adapter: !help });
  if (!help && !args.some((arg) => arg.startsWith("--data"))) {
    for (const set of await neededSets(args)) {
      if (set === "own") continue;
      if (set === "faces") await drawFaces();
      else process.exitCode ||= await runEntry(["dist/data.js", "fetch", set]);
    }
  }
  if (!process.exitCode) process.exitCode = await runEntry(["dist/reproduce.js", "--publish", ".", ...args]);
});

/** Draws and prepares the faces, unless that was done. */
async function drawFaces() {
  if (existsSync(join(root, "data/faces/set.json"))) return;
  installPackages("examples/faces");
  process.exitCode ||= await runEntry(["examples/faces/draw.mjs", "data/faces-drawn"]);
  const flags = ["--size", "64", "--labels", "--out", "data/faces"];
  process.exitCode ||= await runEntry(["dist/data.js", "prepare", "data/faces-drawn", ...flags]);
}

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
  const chosen = EXPERIMENTS.filter(
    ({ name, byName }) => names.includes(name) || (names.length === 0 && byName !== true),
  );
  return [...new Set(chosen.flatMap(({ data }) => data))];
}
