// Jobs: files that others make. A set is what one command wants made, and who fits it are all
// workers of one version that give the same bits.
import { type Check, is, read, record, type Shape, text, whole } from "./messages.ts";
import type { Value } from "./values.ts";

/** A file to be made, relative to the folder of the set. */
export interface Job {
  readonly set: string;
  readonly file: string;
  /** What whoever makes it has to know. */
  readonly about: { readonly [name: string]: Value };
}

/** What a worker tells the coordinator of a set. */
export interface Told {
  readonly file: string;
  /** The worker's name for people. */
  readonly name: string;
  readonly kind: "began" | "failed" | "gave back";
  /** How often the job was given out by now. */
  readonly times: number;
  /** Why it failed. */
  readonly text: string;
}

/** A job in the queue of a coordinator, for people. */
export interface Line {
  readonly file: string;
  readonly state: "waiting" | "running" | "done" | "failed";
  /** Who runs it and for how long, or why it failed. */
  readonly text: string;
}

/** Greatest length of a line's text. */
export const MOST_TEXT = 1200;

/** What a coordinator answers to those who ask about its queue. */
export interface Queue {
  readonly set: string;
  readonly title: string;
  /** How many jobs are in which state, in words. */
  readonly counts: string;
  /** Those that run or have failed, as many as the message holds. */
  readonly lines: readonly Line[];
}

/** The stream of jobs; each job has a subject of its own, so that it is there once at most. */
export const STREAM = "BRENIER_JOBS";
export const SUBJECTS: {
  readonly all: string;
  /** Jobs for those who fit. */
  readonly fit: (fit: string) => string;
  readonly set: (fit: string, set: string) => string;
  readonly job: (fit: string, set: string, key: string) => string;
  /** Workers, to the coordinator of a set. */
  readonly told: (set: string) => string;
  /** Anyone, to all coordinators. */
  readonly queue: string;
} = {
  all: "brenier.job.>",
  fit: (fit) => `brenier.job.${fit}.>`,
  set: (fit, set) => `brenier.job.${fit}.${set}.*`,
  job: (fit, set, key) => `brenier.job.${fit}.${set}.${key}`,
  told: (set) => `brenier.set.${set}.told`,
  queue: "brenier.queue",
};
/** The consumer of those who fit. */
export const consumerOf = (fit: string): string => `fit-${fit}`;
/** The object store of a set. */
export const bucketOf = (set: string): string => `brenier-${set}`;

const setName: Check = (value) => typeof value === "string" && /^[0-9a-f]{16}$/.test(value);
/** Files lie in a folder or two, and no name leads out of them. */
const FILE = /^(?:[\w-][\w ,.+-]{0,99}\/){1,2}[\w-][\w ,.+-]{0,99}$/;
export const isFile = (name: string): boolean => FILE.test(name);
const file: Check = (value) => typeof value === "string" && isFile(value);

const JOB: Shape<Job> = { set: setName, file, about: record };
const TOLD: Shape<Told> = {
  file,
  name: text(100),
  kind: is("began", "failed", "gave back"),
  times: whole,
  text: text(1000),
};
const LINE: Shape<Line> = {
  file,
  state: is("waiting", "running", "done", "failed"),
  text: text(MOST_TEXT),
};
const lines: Check = (value) =>
  Array.isArray(value) &&
  value.every(
    (line) =>
      record(line) && Object.entries(LINE).every(([name, check]) => check((line as Record<string, Value>)[name])),
  );
const QUEUE: Shape<Queue> = { set: setName, title: text(200), counts: text(200), lines };

/** Each reads a message of its kind: undefined for anything else. */
export const readJob = (given: Uint8Array): Job | undefined => read(given, JOB);
export const readTold = (given: Uint8Array): Told | undefined => read(given, TOLD);
export const readQueue = (given: Uint8Array): Queue | undefined => read(given, QUEUE);
