// `brenier/node`: an adapter through the npm package `webgpu`.
export { AdapterError, type AdapterSummary, OpenedGpu, type OpenOptions, openGpu } from "./adapter/openGpu.ts";
