// `brenier/cluster`: counts samples for coordinators on other machines, from a page, Deno or Bun.
export { type JoinOptions, type JoinProgress, joinCluster } from "./joinCluster.ts";
