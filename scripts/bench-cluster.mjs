// `npm run bench:cluster`: measures the coordinator of a cluster with many workers that count
// nothing, over a nats-server on loopback. No adapter is needed.
import { main, noArguments, runEntry } from "./command.mjs";
import { compileTests } from "./run-tests.mjs";
import { setup } from "./setup.mjs";

await main(async () => {
  noArguments("bench:cluster");
  setup({ adapter: false });
  compileTests();
  process.exitCode = await runEntry([".test-build/bench/cluster/scale.js"]);
});
