// `brenier/node`: an adapter through the npm package `webgpu`, sets of pictures, and PNG files.
export { AdapterError, type AdapterSummary, OpenedGpu } from "./adapter/opened.ts";
export { type OpenOptions, openGpu } from "./adapter/openGpu.ts";
export { type Dataset, loadDataset } from "./datasets/dataset.ts";
export type { Images } from "./datasets/images.ts";
export { encodePng } from "./pictures/imageGrid.ts";
