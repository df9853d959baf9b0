/**
 * The message of an error in one line. A driver's message says in its first line what is wrong, and
 * in up to six more where: of these the label of the innermost object is kept, which names an op.
 */
export function oneLine(message: string): string {
  const [first = "", ...others] = message.trim().split(/\s*[\r\n]+\s*/);
  const label = others.map((line) => /^- While .*?"+([^"]+)"/.exec(line)?.[1]?.trim()).find((found) => found);
  return label === undefined || first.includes(label) ? first : `${first.replace(/\.$/, "")} in ${label}`;
}
