// Tries servers in Deno one after the other, says what is wrong with each, and counts for one that
// takes it, until it is killed: `joiningTls.js SEED SERVER…`.
import { joinCluster } from "../../../src/cluster/index.ts";
import { openGpu } from "../../../src/web.ts";

const [creds = "", ...servers] = process.argv.slice(2);
const gpu = await openGpu();
for (const server of servers) {
  await joinCluster(gpu, { server, creds }).catch((error: Error) => process.stdout.write(`${error.message}\n`));
}
