/**
 * The one of `names` that takes the fewest letters put in, left out or replaced to become `word`
 * (Levenshtein 1966); the first on ties.
 */
export function nearestName(word: string, names: readonly string[]): string {
  const letters = word.slice(0, 64);
  const distances = names.map((name) => distance(letters, name));
  return names[distances.indexOf(Math.min(...distances))] ?? "";
}

function distance(a: string, b: string): number {
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
