const FUNCTIONS: ReadonlyMap<string, (...values: number[]) => number> = new Map([
  ["Math.ceil", Math.ceil],
  ["Math.min", Math.min],
  ["Math.max", Math.max],
]);

/**
 * The value of an expression of numbers, names, + - * / %, parentheses, Math.ceil, Math.min,
 * Math.max and `a < b ? c : d`. Code is never made of text, which pages and workers with a content
 * security policy refuse. Error for anything else in the text.
 *
 * @param lookUp the number that a name stands for; throws for a name that it does not know.
 */
export function evaluate(
  text: string,
  lookUp: (name: string) => number,
  divide: (a: number, b: number) => number = (a, b) => a / b,
): number {
  const tokens = text.match(/[\w.]+|\S/g) ?? [];
  let at = 0;
  const fail = (expected: string): never => {
    throw new Error(`expected ${expected}, got \`${tokens[at] ?? ""}\` in \`${text}\``);
  };
  const take = (token: string): boolean => tokens[at] === token && ++at > 0;
  const need = (token: string): unknown => take(token) || fail(`\`${token}\``);
  const factor = (): number => {
    if (take("-")) return -factor();
    if (take("(")) {
      const value = choice();
      need(")");
      return value;
    }
    const token = tokens[at] ?? "";
    if (!/^[\w.]+$/.test(token)) fail("a number or a name");
    const f = FUNCTIONS.get(token);
    at++;
    if (f === undefined) return /^\d+(?:\.\d+)?$/.test(token) ? Number(token) : lookUp(token);
    need("(");
    const values = [choice()];
    while (take(",")) values.push(choice());
    need(")");
    return f(...values);
  };
  const product = (): number => {
    let value = factor();
    for (;;) {
      if (take("*")) value *= factor();
      else if (take("/")) value = divide(value, factor());
      else if (take("%")) value %= factor();
      else return value;
    }
  };
  const sum = (): number => {
    let value = product();
    for (;;) {
      if (take("+")) value += product();
      else if (take("-")) value -= product();
      else return value;
    }
  };
  const choice = (): number => {
    const value = sum();
    if (!take("<")) return value;
    const less = value < sum();
    need("?");
    const then = choice();
    need(":");
    const other = choice();
    return less ? then : other;
  };
  const value = choice();
  if (at < tokens.length) fail("an operator or the end");
  return value;
}
