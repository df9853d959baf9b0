/** Thrown where an optional package that the work needs is not installed. */
export class MissingPackageError extends Error {}

/**
 * What `load` gives: an optional dependency, loaded by the first who needs it. MissingPackageError,
 * with the command that installs it, where it is not installed; any other error is passed on.
 *
 * @param name the package, by which the error of a missing one is recognised.
 * @param work what it is needed for, such as "PNG pictures".
 */
export function optionalPackage<T>(name: string, work: string, load: () => T): T {
  try {
    return load();
  } catch (error) {
    throw missing(name, work, error);
  }
}

function missing(name: string, work: string, error: unknown): unknown {
  const { code = "", message = "" } = error as { readonly code?: string; readonly message?: string };
  const named = message.replaceAll('"', "'").includes(`'${name}'`); // Deno's quotes are double
  const absent = /^(?:ERR_)?MODULE_NOT_FOUND$/.test(code) && named;
  if (!absent) return error;
  return new MissingPackageError(
    `${name}: expected the optional package \`${name}\`, which ${work} need, got none; run \`npm install ${name}\``,
    { cause: error },
  );
}
