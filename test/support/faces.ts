/** The entries of the package, as files of src/ without their end. */
export const FACES = [
  "index",
  "ot/index",
  "models/index",
  "metrics/index",
  "worker/index",
  "cluster/index",
  "audit/index",
  "node",
  "web",
] as const;
