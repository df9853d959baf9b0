// Letters for pictures, without a font: five columns and seven rows, or nine rows where a letter
// reaches below the line.

/** Number of rows of a capital letter, and of columns from one letter to the next. */
export const GLYPH_HEIGHT = 7;
export const GLYPH_STEP = 6;

/** The rows of each character from the top, each of five bits as a digit in base 32. */
const ROWS: Readonly<Record<string, string>> = {
  "0": "ehjlphe",
  "1": "4c4444e",
  "2": "eh1248v",
  "3": "eh161he",
  "4": "26aiv22",
  "5": "vgu11he",
  "6": "68guhhe",
  "7": "v124888",
  "8": "ehhehhe",
  "9": "ehhf12c",
  ".": "00000cc",
  ",": "00000cc48",
  "-": "000v000",
  "+": "044v440",
  "=": "00v0v00",
  ":": "0cc0cc0",
  "/": "01248g0",
  "(": "2488842",
  ")": "8422248",
  "|": "4444444",
  ">": "g842480",
  "<": "1248421",
  "²": "c248e00",
  a: "00e1fhf",
  b: "ggmphhu",
  c: "00eggge",
  d: "11djhhf",
  e: "00ehvge",
  f: "698s888",
  g: "00fhhhf1e",
  h: "ggmphhh",
  i: "40c444e",
  j: "20622222c",
  k: "ggikoki",
  l: "c44444e",
  m: "00qlllh",
  n: "00mphhh",
  o: "00ehhhe",
  p: "00uhhhugg",
  q: "00fhhhf11",
  r: "00mpggg",
  s: "00fge1u",
  t: "88s8896",
  u: "00hhhjd",
  v: "00hhha4",
  w: "00hhlla",
  x: "00ha4ah",
  y: "00hhhhf1e",
  z: "00v248v",
};

/**
 * The filled (column, row) squares of a character; none for a blank, a box for an unknown
 * character.
 */
export function glyph(character: string): readonly (readonly [number, number])[] {
  if (character === " ") return [];
  const rows = ROWS[character] ?? ROWS[character.toLowerCase()] ?? "vhhhhhv";
  return [...rows].flatMap((digit, row) => {
    const bits = Number.parseInt(digit, 32);
    return [0, 1, 2, 3, 4].flatMap((column) => (bits & (16 >> column) ? [[column, row] as const] : []));
  });
}
