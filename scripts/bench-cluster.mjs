// `npm run bench:cluster -- scale`: measures the coordinator of a cluster with many workers that
// count nothing, over a nats-server on loopback; no adapter is needed. `-- workers`: measures one
// process, one worker and two on this machine.
import { main, runEntry, Stop } from "./command.mjs";
import { compileTests } from "./run-tests.mjs";
import { setup } from "./setup.mjs";

await main(async () => {
  const [which = "", ...others] = process.argv.slice(2);
  if (!["scale", "workers"].includes(which) || others.length > 0) {
    throw new Stop(
      `bench:cluster: expected \`scale\` or \`workers\`, got ${[which, ...others].join(" ") || "none"}`,
      2,
    );
  }
  setup({ adapter: which === "workers" });
  compileTests();
  process.exitCode = await runEntry([`.test-build/bench/cluster/${which}.js`]);
});
