/** The one of `names` with the least edit distance from `word`; the first on ties. */
export function nearestName(word: string, names: readonly string[]): string {
  const letters = word.slice(0, 64);
  const distances = names.map((name) => editDistance(letters, name));
  return names[distances.indexOf(Math.min(...distances))] ?? "";
}

/**
 * Levenshtein's edit distance (1966): the fewest insertions, deletions and replacements of letters
 * that turn `a` into `b`.
 */
export function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 0; i < a.length; i++) {
    const next = [i + 1];
    for (let j = 0; j < b.length; j++) {
      const replaced = (row[j] as number) + (a[i] === b[j] ? 0 : 1);
      next.push(Math.min(replaced, (row[j + 1] as number) + 1, (next[j] as number) + 1));
    }
    row = next;
  }
  return row[b.length] as number;
}
