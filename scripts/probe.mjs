// Asks Dawn for an adapter and prints the adapter's description as one line of JSON, or `null` when
// there is none. It always runs in a process of its own (see driver.mjs), since an unsuitable
// driver can end the whole process.
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
