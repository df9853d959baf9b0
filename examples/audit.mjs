// A tensor's way through the audit: one op is recorded, sealed, explained and verified.
// Shows recordAudit, readRecord, checkRecord, explainKernel and audited of brenier/audit.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { logSoftmax } from "brenier";
import { audited, checkRecord, explainKernel, readRecord, recordAudit } from "brenier/audit";
import { openGpu } from "brenier/node";

const gpu = await openGpu();
const folder = mkdtempSync(join(tmpdir(), "audit-"));
const recorder = await recordAudit(gpu, { folder, level: "digests" });
const x = gpu.tensor([-1, 0, 0.5, 2]);
logSoftmax(x);
const { digest, commands, file } = await recorder.finish();

for (const line of readRecord(folder)) {
  if (line.kind === "upload") console.log("upload,", line.bytes, "bytes");
  if (line.kind !== "dispatch") continue;
  const { op, kernel, flops, bytes, outputs } = line;
  console.log(`${op} by the kernel ${kernel}, ${flops} flops, ${bytes} bytes moved`);
  console.log("  least", outputs.y.min.toFixed(4), "greatest", outputs.y.max.toFixed(4));
}

// Nobody has changed a line since: the last link of the hash chain is that of the recorder.
const held = await checkRecord(folder, { by: "finish", digest, commands, ...file });
console.log("commands held by the chain:", held.held, "of", held.commands);

// The kernel's file, the text that ran, and the reference in float64: long, so only the headings.
const lines = await explainKernel("logSoftmax", folder);
const headings = lines.filter((line) => line.startsWith("====="));
console.log(headings.map((line) => line.replace(/ [0-9a-f]{16},/, " DIGEST,")).join("\n"));

// The same op again, now compared with its reference: it throws where a value is off.
const { result, exact } = await audited(gpu, () => logSoftmax(x));
const values = await gpu.read(result);
const errors = (await exact(result)).map((e, i) => Math.abs(e - values[i]));
console.log("greatest error below 1e-6:", Math.max(...errors) < 1e-6);
rmSync(folder, { recursive: true });
await gpu.dispose();
