// The settings of a training, each once: the flags of `train` and their help, the reader of
// config.json and the defaults are made from this record.
import { LEARNING_RATE } from "../models/autoencoder/trainAutoencoder.ts";
import { NETWORK_NAMES, NETWORKS, type NetworkName } from "../models/networks/networks.ts";
import { MOST_MIXED } from "../ot/extension/fitFacet.ts";
import { DEFAULT_ANGLE } from "../ot/extension/rule.ts";
import { DEFAULT_CHI2 } from "../ot/solver/solution.ts";
import { FLIPS, type Flips } from "../ot/source.ts";

/** Profiles of the machine: a CPU driver, or a GPU. */
export const PROFILES = ["cpu", "gpu"] as const;
export type ProfileName = (typeof PROFILES)[number];

export type Extension = "facet" | "local";

export interface Settings {
  /** Name of a set, a folder of pictures, or a file of them. */
  readonly data: string;
  /** Greatest number of training images. */
  readonly limit: number;
  readonly epochs: number;
  /** Images per step. */
  readonly batch: number;
  /** Peak of the training's learning rate. */
  readonly learningRate: number;
  /** Dimension of the codes. */
  readonly latent: number;
  readonly network: NetworkName;
  readonly source: "gaussian" | "cube";
  /** The χ² that the transport must reach. */
  readonly chi2: number;
  /** Sign flips of the transport's samples; auto: what takes the least work. */
  readonly flips: "auto" | `${Flips}`;
  /** Greatest angle in radians that the rule `facet` bridges. */
  readonly theta: number;
  /** Largest share of draws that the rule `facet` mixes. */
  readonly share: number;
  readonly extension: Extension;
  /** Number of pictures in samples.png. */
  readonly samples: number;
  readonly seed: number;
}

/** Which values a setting may have. */
export type Values =
  | { readonly kind: "text"; readonly unit: string }
  | { readonly kind: "whole"; readonly least: number; readonly most: number }
  /** Above `above`, up to `most`. */
  | { readonly kind: "number"; readonly unit: string; readonly above: number; readonly most: number }
  | { readonly kind: "choice"; readonly choices: readonly string[] };

/** A default: one for every adapter, or one for each profile. */
export type Default<T> = T | Readonly<Record<ProfileName, T>>;

export interface Setting<T> {
  readonly values: Values;
  /** Its description in `--help`, before its default. */
  readonly help: string;
  readonly default: Default<T>;
  /** The default with networks that are not the default themselves, where it is another. */
  readonly others?: Default<T>;
}

const text = (unit: string): Values => ({ kind: "text", unit });
const whole = (least: number, most: number = Number.MAX_SAFE_INTEGER): Values => ({ kind: "whole", least, most });
const number = (unit: string, most: number): Values => ({ kind: "number", unit, above: 0, most });
const choice = (...choices: readonly string[]): Values => ({ kind: "choice", choices });

/** What trains where nobody chooses a network. A config.json without `network` means `small`. */
const NETWORK: NetworkName = "pca";

/**
 * A CPU driver with two cores gets one to two minutes of work, a GPU the whole of MNIST. Networks
 * that start from nothing get three times as many steps there: the fewer they are, the higher the
 * learning rate.
 */
export const SETTINGS: { readonly [K in keyof Settings]: Setting<Settings[K]> } = {
  data: {
    values: text("NAME"),
    help: "mnist, fashion, cifar10, a folder of pictures, a set that was prepared, or FILE.npy of pictures",
    default: "mnist",
  },
  limit: { values: whole(1), help: "training images at most", default: { cpu: 10_000, gpu: 60_000 } },
  epochs: {
    values: whole(1, 1_000_000),
    help: "passes over the training images",
    default: { cpu: 5, gpu: 12 },
    others: { cpu: 15, gpu: 12 },
  },
  batch: { values: whole(2), help: "images per step", default: 64, others: 100 },
  learningRate: {
    values: number("X", 1e30),
    help: "peak of the training's learning rate",
    default: NETWORKS[NETWORK].learningRate ?? LEARNING_RATE,
    others: { cpu: 2 * LEARNING_RATE, gpu: LEARNING_RATE },
  },
  latent: { values: whole(1, 1024), help: "dimension of the codes", default: 64 },
  network: {
    values: choice(...NETWORK_NAMES),
    help: "pca: starts as PCA and learns to correct it, for grey and colour; small: two convolutions; dcgan: three or four, wider, with batch norm, meant for a GPU",
    default: NETWORK,
  },
  source: { values: choice("gaussian", "cube"), help: "noise that transport starts from", default: "gaussian" },
  chi2: {
    values: number("X", 1e6),
    help: "asked chi² of the cells' masses, above 0; smaller is closer",
    default: { cpu: DEFAULT_CHI2, gpu: 0.05 },
  },
  flips: {
    values: choice("auto", ...FLIPS.map(String)),
    help: "blocks of coordinates whose signs are flipped, so that samples cost less",
    default: "auto",
  },
  theta: {
    values: number("RADIANS", Math.PI),
    help: "largest angle between cells that generation mixes",
    default: NETWORKS[NETWORK].angle ?? DEFAULT_ANGLE,
    others: DEFAULT_ANGLE,
  },
  share: {
    values: number("X", 1),
    help: "largest share of draws that generation mixes; theta is lowered as far as that takes",
    default: MOST_MIXED,
  },
  extension: {
    values: choice("facet", "local"),
    help: "how new codes are made from the transport's",
    default: "facet",
  },
  samples: { values: whole(1, 10_000), help: "pictures in samples.png", default: 100 },
  seed: { values: whole(0), help: "of all random numbers", default: 1 },
};

/** The profile of an adapter, by whether its driver runs on the CPU. */
export const profileOf = (cpu: boolean): ProfileName => (cpu ? "cpu" : "gpu");

/** The option `flips` of the solver: none for auto. */
export const flipsOf = (flips: Settings["flips"] = "auto"): { readonly flips?: Flips } =>
  flips === "auto" ? {} : { flips: Number(flips) as Flips };

/** The default of every setting under a profile, with a network. */
export function defaultsOf(profile: ProfileName, network: NetworkName = NETWORK): Settings {
  const entries = Object.entries<Setting<unknown>>(SETTINGS).map(([name, setting]) => {
    const initial = network === NETWORK ? setting.default : (setting.others ?? setting.default);
    return [name, typeof initial === "object" ? (initial as Record<ProfileName, unknown>)[profile] : initial];
  });
  return { ...Object.fromEntries(entries), network } as Settings;
}
