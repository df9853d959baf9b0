/** The version of this package, also for runtimes that cannot read its package.json. */
export const RELEASE = "0.2.0";
