// `npm run test:faults`: sets up, compiles and runs only the tests of test/faults, on hostile files
// and on faults of the device, the file system and the process. The last line is
// `N passed, N failed`.
import { main } from "./command.mjs";
import { compileTests, runTests, tally } from "./run-tests.mjs";
import { setup } from "./setup.mjs";

let result = { passed: 0, failed: 1 };
await main(async () => {
  setup();
  result = await runTests({ folder: compileTests(), filters: ["test/faults/"] });
});
console.log(tally(result.passed, result.failed));
if (result.failed > 0) process.exitCode ||= 1;
