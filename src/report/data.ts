// What a report shows, as plain data. Any text in it may be hostile, such as the name of a folder.
import type { Scene } from "../pictures/scene.ts";

/** Where a run stands. */
export type State = "running" | "finished" | "stopped" | "failed";

export interface ReportData {
  readonly command: "train" | "transport" | "reproduce";
  /** The name of the run's folder. */
  readonly name: string;
  readonly state: State;
  /** When this report was written, in milliseconds since 1970. */
  readonly written: number;
  /** How far the stage under way is. */
  readonly progress?: Progress | undefined;
  /** How a run that is not finished goes on. */
  readonly resume?: string | undefined;
  /** One sentence of what was run. */
  readonly about: string;
  readonly figures: readonly Figure[];
  /** What the run was to reach and did not, and what ended it. */
  readonly missed: readonly Missed[];
  readonly pictures: readonly Picture[];
  readonly curves: readonly Curve[];
  /** One sentence on curves that are not shown. */
  readonly curvesNote?: string | undefined;
  readonly codes?: Scatter | undefined;
  readonly masses?: Histogram | undefined;
  readonly cells?: CellsOfPlane | undefined;
  readonly tables: readonly Table[];
  readonly facts: readonly Facts[];
  /** Lines that the run wrote for its user. */
  readonly lines: readonly string[];
  readonly files: readonly File[];
}

export interface Progress {
  readonly text: string;
  readonly done: number;
  /** 0 where it is not known. */
  readonly total: number;
}

/** A number that the run is judged by. */
export interface Figure {
  readonly label: string;
  readonly value: string;
  readonly note?: string | undefined;
  readonly missed?: boolean;
}

export interface Missed {
  readonly what: string;
  readonly cause: string;
}

export interface Picture {
  readonly title: string;
  readonly note: string;
  /** Its path in the run's folder. */
  readonly file: string;
  /** The PNG; undefined for one too large to be part of the report, which is linked. */
  readonly png: Uint8Array | undefined;
}

/** Lines over one axis; null where a line has no value. */
export interface Curve {
  readonly title: string;
  readonly note?: string;
  readonly xLabel: string;
  readonly x: readonly number[];
  readonly lines: readonly Line[];
  /** Whether the values are shown on a logarithmic scale. */
  readonly log: boolean;
}

export interface Line {
  readonly label: string;
  readonly values: readonly (number | null)[];
  /** Whether it is what the others are to reach. */
  readonly asked?: boolean;
  /** Whether it has a scale of its own, on the right. */
  readonly apart?: boolean;
}

/** Points in the plane, each perhaps of a class. */
export interface Scatter {
  readonly title: string;
  readonly note: string;
  readonly xLabel: string;
  readonly yLabel: string;
  readonly x: readonly number[];
  readonly y: readonly number[];
  /** Names of the classes; empty where they are not known. */
  readonly classes: readonly string[];
  /** The class of each point, as its place in `classes`. */
  readonly labels: readonly number[];
}

export interface Histogram {
  readonly title: string;
  readonly note: string;
  readonly xLabel: string;
  readonly yLabel: string;
  /** Lower ends of the bins, and the width of each. */
  readonly from: readonly number[];
  readonly width: number;
  readonly counts: readonly number[];
  /** The counts to expect where all masses are right, by the noise of the samples alone. */
  readonly expected?: readonly number[] | undefined;
}

/** Power cells in the plane, which tell about themselves. */
export interface CellsOfPlane {
  /** Polygons and dots with the number of their cell in `cell`. */
  readonly scene: Scene;
  readonly masses: readonly number[];
  readonly asked: readonly number[];
  readonly neighbours: readonly (readonly number[])[];
}

export interface Table {
  readonly title: string;
  readonly note?: string | undefined;
  readonly columns: readonly Column[];
  readonly rows: readonly Row[];
}

export interface Column {
  readonly name: string;
  /** How it is set: numbers to the right; a bar shows a share from 0 to 1. */
  readonly kind: "text" | "number" | "bar";
}

export interface Row {
  readonly cells: readonly (string | number | null)[];
  /** Whether it tells of something missed. */
  readonly missed?: boolean;
}

/** Named values under a title. */
export interface Facts {
  readonly title: string;
  readonly rows: readonly (readonly [name: string, value: string])[];
}

export interface File {
  /** Its path in the run's folder. */
  readonly path: string;
  /** undefined while it is being written. */
  readonly bytes: number | undefined;
}
