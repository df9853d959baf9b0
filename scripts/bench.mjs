// `npm run bench -- [FLAGS]`: sets up, compiles, installs the peers where they are wanted, and runs
// the bench.
import { spawnSync } from "node:child_process";
import { benchArguments, parseFlags, usage } from "./bench-flags.mjs";
import { main, root, Stop } from "./command.mjs";
import { compileTests } from "./run-tests.mjs";
import { installPackages, setup } from "./setup.mjs";

await main(() => {
  const options = parseFlags(process.argv.slice(2));
  if (options === null) {
    process.stdout.write(usage);
    return;
  }
  setup();
  compileTests();
  if (options.peers && !options.smoke) installPeers();
  const { status, signal } = spawnSync(process.execPath, benchArguments(options), { cwd: root, stdio: "inherit" });
  if (signal !== null) throw new Stop(`bench: ended by ${signal}`);
  process.exitCode = status ?? 1;
});

/** Not being able to install them is no failure: the bench then names each as not run. */
function installPeers() {
  try {
    installPackages("bench/peers", ["--ignore-scripts"]);
  } catch (error) {
    if (!(error instanceof Stop)) throw error;
    console.error(`bench: the peers are not installed: ${error.message}`);
  }
}
