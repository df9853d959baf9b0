// `npm test -- [--jobs N] [PART-OF-A-FILE-NAME …]`: sets up, compiles and runs the tests.
// The last line is `N passed, N failed`.
import { parseArgs } from "node:util";
import { main, Stop } from "./command.mjs";
import { compileTests, runTests, tally } from "./run-tests.mjs";
import { setup } from "./setup.mjs";

let result = { passed: 0, failed: 1 };
await main(async () => {
  const { values, positionals } = readArguments();
  const jobs = Number(values.jobs);
  if (!Number.isInteger(jobs) || jobs < 1)
    throw new Stop(`test: expected \`--jobs\` to be 1 or more, got ${values.jobs}`, 2);
  setup();
  result = await runTests({ folder: compileTests(), filters: positionals, jobs });
  if (positionals.length === 0)
    console.log("left out: other runtimes and browsers, which `npm run test:runtimes` installs");
});
console.log(tally(result.passed, result.failed));
if (result.failed > 0) process.exitCode ||= 1;

function readArguments() {
  try {
    return parseArgs({ options: { jobs: { type: "string", default: "2" } }, allowPositionals: true });
  } catch (error) {
    throw new Stop(`test: ${/** @type {Error} */ (error).message}`, 2);
  }
}
