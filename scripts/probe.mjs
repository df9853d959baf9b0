// Asks Dawn for an adapter and prints what it says of itself as one line of JSON, or `null` when
// there is none. Always run in a process of its own (see driver.mjs): a driver that Dawn does not
// like can end the whole process.
import { create } from "webgpu";

const gpu = create([]);
const adapter = await gpu.requestAdapter();
if (adapter === null) {
  console.log("null");
} else {
  const { vendor, architecture, device, description } = adapter.info;
  console.log(JSON.stringify({ vendor, architecture, device, description }));
}
// Dawn's instance dies with the object that `create` returned; this keeps it reachable until the
// very end.
process.once("exit", () => gpu.constructor);
