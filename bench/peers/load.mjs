// Imports a peer's package from the folder beside this file, which the compiled bench could not see
// from where it lies.

/** @param {string} name */
export const load = (name) => import(name);
