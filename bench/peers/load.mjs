// Imports a peer's package from the folder of this file, which Node would not search for imports of
// the compiled bench.

/** @param {string} name */
export const load = (name) => import(name);
