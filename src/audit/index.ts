// `brenier/audit`: the record of every command that reached the device, its readers, and what holds
// ops to their references in float64. For Node.

export {
  DIVIDED,
  EXACT,
  ROUNDED,
  rms,
  spread,
  sumBound,
  TRANSCENDENTAL,
  UNIT,
} from "../tensor/reference/bound.ts";
export type { Bound, Values } from "../tensor/reference/reference.ts";
export { checkRecord, type Held, type Seal } from "./read/checkRecord.ts";
export { type Comparison, compareRecords, type Difference } from "./read/diff.ts";
export { explainKernel } from "./read/explain.ts";
export { type AuditSummary, type Costliest, type Memory, summarise, type Totals } from "./read/summary.ts";
export { type TraceEvent, traceEvents } from "./read/trace.ts";
export { readHeader, readRecord } from "./record/readRecord.ts";
export type {
  CopyLine,
  Digest,
  DispatchLine,
  Header,
  Level,
  Line,
  SubmitLine,
  TransferLine,
} from "./record/record.ts";
export { type AuditOptions, recordAudit } from "./record/recordAudit.ts";
export type { Finished, Recorder, RecorderState } from "./record/recorder.ts";
export { type Audited, audited } from "./references/audited.ts";
export { type Reference, type References, VerifyError } from "./references/checker.ts";
export { type CheckOpOptions, checkOp, type OpCase } from "./references/checkOp.ts";
