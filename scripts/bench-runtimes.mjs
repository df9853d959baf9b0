// `npm run bench:runtimes [-- ROUNDS]`: sets up, installs other runtimes and browsers, and measures
// how soon they draw and how long they hold a page's main thread.

import { join } from "node:path";
import { main, root, runEntry } from "./command.mjs";
import { compileTests } from "./run-tests.mjs";
import { installRuntimes } from "./runtimes.mjs";
import { setup } from "./setup.mjs";

await main(async () => {
  setup();
  installRuntimes();
  compileTests();
  process.exitCode = await runEntry([join(root, ".test-build/bench/runtimes/main.js"), ...process.argv.slice(2)]);
});
