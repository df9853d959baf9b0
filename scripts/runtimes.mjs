// `npm run test:runtimes`: sets up, installs other runtimes, browsers and a NATS server, and runs
// the tests of test/runtimes, which `npm test` leaves out for their size. The last line is `N
// passed, N failed`.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { ensureBrowsers } from "./browsers.mjs";
import { main, noArguments, root, runNode, Stop } from "./command.mjs";
import { compileTests, runTests, tally } from "./run-tests.mjs";
import { installPackages, setup } from "./setup.mjs";

/** Whether there are packages of other runtimes for this machine. */
export const hasRuntimes = process.platform === "linux" && process.arch === "x64";

/**
 * Installs the packages of test/runtimes, browsers and a NATS server. Throws a `Stop` where it
 * cannot.
 */
export function installRuntimes() {
  if (!hasRuntimes) {
    throw new Stop(`runtimes: expected Linux on x64, got ${process.platform} on ${process.arch}; leave them out`);
  }
  installPackages("test/runtimes", ["--ignore-scripts"]);
  installPackages("site", ["--ignore-scripts"]); // for the tests of its texts
  installPackages("examples/faces");
  ensureBrowsers((line) => console.log(`runtimes: ${line}`));
  // Bun's package installs the program for this machine by an install script.
  if (!existsSync(join(root, "test/runtimes/node_modules/@oven/bun-linux-x64/bin/bun"))) return;
  runNode("runtimes: Bun's own set-up failed", ["test/runtimes/node_modules/bun/install.js"]);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  let result = { passed: 0, failed: 1 };
  await main(async () => {
    noArguments("runtimes");
    setup();
    installRuntimes();
    result = await runTests({ folder: compileTests(), filters: ["test/runtimes/"] });
  });
  console.log(tally(result.passed, result.failed));
  if (result.failed > 0) process.exitCode ||= 1;
}
