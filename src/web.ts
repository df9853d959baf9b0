// `brenier/web`: an adapter through `navigator.gpu`, in browsers, their workers and Deno.
export { AdapterError, type AdapterSummary, OpenedGpu } from "./adapter/opened.ts";
export { type OpenOptions, openGpu } from "./adapter/web/openGpu.ts";
export { localTunings, type TuningStore } from "./adapter/web/store.ts";
