// `npm run bench -- [FLAGS]`: sets up, compiles, installs the peers where they are wanted, and runs
// the bench; or builds another revision and compares with it.
import { spawnSync } from "node:child_process";
import { againstArguments, benchArguments, parseFlags, usage } from "./bench-flags.mjs";
import { ensureBrowsers } from "./browsers.mjs";
import { findRevision, withCheckout, workingTree } from "./checkout.mjs";
import { main, root, runEntry, Stop } from "./command.mjs";
import { compileTests } from "./run-tests.mjs";
import { installPackages, setup } from "./setup.mjs";

await main(async () => {
  const options = parseFlags(process.argv.slice(2));
  if (options === null) process.stdout.write(usage);
  else if ("revision" in options) await compare(options);
  else measure(options);
});

/** @param {Parameters<typeof benchArguments>[0]} options */
function measure(options) {
  setup();
  compileTests();
  if ("peers" in options && options.peers && !options.smoke) installPeers();
  if ("browser" in options && options.browser) ensureBrowsers((line) => console.log(`bench: ${line}`));
  const { status, signal } = spawnSync(process.execPath, benchArguments(options), { cwd: root, stdio: "inherit" });
  if (signal !== null) throw new Stop(`bench: ended by ${signal}`);
  process.exitCode = status ?? 1;
}

/** @param {import("./bench-flags.mjs").AgainstOptions} options */
async function compare(options) {
  const revision = findRevision(options.revision);
  const ours = workingTree();
  console.error(`bench: ours is ${ours}; theirs is ${revision.title}`);
  setup();
  compileTests();
  process.exitCode = await withCheckout(revision, (folder) =>
    runEntry(againstArguments(options, ours, revision, folder)),
  );
}

/** Installs the peers. If this fails, the bench goes on and reports each peer as not run. */
function installPeers() {
  try {
    installPackages("bench/peers", ["--ignore-scripts"]);
  } catch (error) {
    if (!(error instanceof Stop)) throw error;
    console.error(`bench: the peers are not installed: ${error.message}`);
  }
}
