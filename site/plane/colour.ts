/** The centre of this colour circle is a light grey, and its rim as colourful as all hues allow. */
const [LIGHTNESS, CHROMA] = [0.7, 0.12];

/**
 * The colour of a place of the plane: near places have similar colours, so that a map is seen in
 * the colours of where it leads to. `reach` is the distance of full colour; the lightness of OKLab
 * is from 0 to 1.
 */
export function placeColour(x: number, y: number, reach: number, lightness = LIGHTNESS): string {
  const chroma = CHROMA * Math.min(1, Math.hypot(x, y) / reach);
  const angle = Math.atan2(y, x) + 0.6;
  const [a, b] = [chroma * Math.cos(angle), chroma * Math.sin(angle)];
  // OKLab (B. Ottosson, 2020) to linear sRGB.
  const l = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const m = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const s = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3;
  const linear = [
    4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s,
    -1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s,
    -0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s,
  ];
  const bytes = linear.map((value) => Math.round(255 * gamma(Math.max(0, Math.min(1, value)))));
  return `rgb(${bytes.join(" ")})`;
}

const gamma = (value: number): number => (value <= 0.0031308 ? 12.92 * value : 1.055 * value ** (1 / 2.4) - 0.055);
