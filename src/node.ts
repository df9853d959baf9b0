// What a program in Node needs beside the core: an adapter through the npm package `webgpu`, and
// the record of every command.
export { AdapterError, type AdapterSummary, type OpenedGpu, type OpenOptions, openGpu } from "./adapter/openGpu.ts";
export { type AuditOptions, recordAudit } from "./audit/record/recordAudit.ts";
export type { Recorder, RecorderState } from "./audit/record/recorder.ts";
