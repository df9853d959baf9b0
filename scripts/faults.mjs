// `npm run test:faults -- [--deep]`: sets up, compiles and runs only the tests of test/faults, on
// hostile files and on faults of the device, the file system and the process. The last line is
// `N passed, N failed`.
import { parseArgs } from "node:util";
import { main, Stop } from "./command.mjs";
import { compileTests, DEEP, deepTests, runTests, tally } from "./run-tests.mjs";
import { setup } from "./setup.mjs";

const usage = `npm run test:faults -- [FLAGS]: runs the tests of test/faults

  --deep      runs them, and every test elsewhere that has a deep form, in that
              form: hundreds of random cases, and faults at all calls of a run,
              where \`npm test\` takes a sample; this takes hours on two cores
  --help, -h  print this

One file in its deep form: ${DEEP}=1 npm test -- PART-OF-ITS-NAME
Other calls of a run than those of seed 1: BRENIER_SEED=N npm test -- injector
Exit codes: 0, 1 a test failed, 2 usage.
`;

const flags = { help: false, deep: false };
let result = { passed: 0, failed: 1 };
await main(async () => {
  Object.assign(flags, readArguments());
  if (flags.help) return void process.stdout.write(usage);
  setup();
  const folder = compileTests();
  if (flags.deep) process.env[DEEP] = "1";
  result = await runTests({ folder, filters: ["test/faults/", ...(flags.deep ? deepTests(folder) : [])] });
});
if (!flags.help) {
  console.log(tally(result.passed, result.failed));
  if (result.failed > 0) process.exitCode ||= 1;
}

function readArguments() {
  try {
    return parseArgs({ options: { deep: { type: "boolean" }, help: { type: "boolean", short: "h" } } }).values;
  } catch (error) {
    // Node's message continues with advice, which is left out.
    const [sentence] = /** @type {Error} */ (error).message.split(/\.? *\n|\. /);
    throw new Stop(`faults: ${sentence}; see --help`, 2);
  }
}
