// Numbers as text.
import { powerOfTwo } from "../math/float64.ts";

/** A number with commas between its thousands. */
export const grouped = (value: number): string => {
  const [whole = "", rest] = String(value).split(".");
  const parts = whole.replaceAll(/\B(?=(\d{3})+$)/g, ",");
  return rest === undefined ? parts : `${parts}.${rest}`;
};

/** A number to four digits, such as 0.01873, 12.35 and 1.2e-9. */
export function short(value: number, digits = 4): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? "–" : value > 0 ? "∞" : "−∞";
  const size = Math.abs(value);
  if (value !== 0 && (size < 1e-4 || size >= 1e7)) return value.toExponential(digits - 1).replace("-", "−");
  return grouped(Number(value.toPrecision(digits))).replace("-", "−");
}

/** A share as a percentage. */
export const percent = (share: number): string => `${short(100 * share, 3)} %`;

/** A number of bytes: "1.2 kB" of a thousand bytes. */
export function size(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  if (bytes < 1e6) return `${short(bytes / 1e3, 3)} kB`;
  return bytes < 1e9 ? `${short(bytes / 1e6, 3)} MB` : `${short(bytes / 1e9, 3)} GB`;
}

/** A number of bytes in MiB, for a column. */
export const mebibytes = (bytes: number): string => (bytes / powerOfTwo(20)).toFixed(1);

/** A duration: "4.2 s", "3 min 20 s" or "1 h 5 min". */
export function duration(seconds: number): string {
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole < 10 ? seconds.toFixed(1) : whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  const minutes = Math.round(whole / 60);
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** A time in UTC to the second. */
export const moment = (milliseconds: number): string =>
  `${new Date(milliseconds).toISOString().slice(0, 19).replace("T", " ")} UTC`;
