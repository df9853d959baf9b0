// `brenier/worker`: generators, the solver and training off the main thread, behind messages.
export type { Opened, SentSolveOptions } from "./calls.ts";
export {
  type CallOptions,
  connect,
  type RemoteGenerator,
  type RemoteSolveOptions,
  type RemoteTrainOptions,
  type RemoteWorker,
  type SolveProgress,
} from "./connect.ts";
export type { Port } from "./port.ts";
export { serve } from "./serve.ts";
