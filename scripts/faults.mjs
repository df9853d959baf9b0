// `npm run test:faults`: sets up, compiles and runs the tests of test/faults alone: hostile files,
// faults of the device, of the file system and of the process. The last line is `N passed, N
// failed`.
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
