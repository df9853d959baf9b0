/**
 * Between two steps of long work: saves when it is due, or when the user asked to stop (`check`
 * throws), and then throws what `check` threw.
 */
export async function saveOrStop(
  check: () => void,
  isDue: () => boolean,
  save: (() => Promise<void>) | undefined,
): Promise<void> {
  let stop: { readonly error: unknown } | undefined;
  try {
    check();
  } catch (error) {
    stop = { error };
  }
  if (save !== undefined && (stop !== undefined || isDue())) await save();
  if (stop !== undefined) throw stop.error;
}
