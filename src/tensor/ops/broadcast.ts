// Defined beside `sum`, since each is the other's gradient and imports must not form a cycle.
export { broadcast, broadcastOp } from "./sum.ts";
