type Tests = Readonly<Record<string, () => Promise<void>>>;

/** Tests that mostly wait: all begin with the first of them. */
export function together(tests: Tests): Tests {
  let begun: readonly Promise<void>[] | undefined;
  const begin = (): readonly Promise<void>[] => {
    const all = Object.values(tests).map((test) => test());
    for (const each of all) each.catch(() => undefined); // its own test tells
    return all;
  };
  const nth = (n: number) => async (): Promise<void> => {
    begun ??= begin();
    await begun[n];
  };
  return Object.fromEntries(Object.keys(tests).map((name, n) => [name, nth(n)]));
}
