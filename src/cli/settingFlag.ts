import { type Default, PROFILES, type ProfileName, SETTINGS, type Setting, type Settings } from "../run/settings.ts";
import { choice, type Flag, integer, real, text } from "./arguments.ts";

export interface Told<T> {
  /** The description in `--help`, in place of the setting's own. */
  readonly help?: string;
  /** The default in `--help`, in place of the setting's own. */
  readonly initial?: T | string;
}

/** The flag of a setting. Its bounds, and its default in `--help`, are those of SETTINGS. */
export function settingFlag<K extends keyof Settings>(name: K, told: Told<Settings[K]> = {}): Flag<Settings[K]> {
  const setting = SETTINGS[name] as Setting<Settings[K]>;
  const { values } = setting;
  const help = `${told.help ?? setting.help} (default ${told.initial ?? defaults(setting)})`;
  const flagOf = (): Flag<string | number> => {
    switch (values.kind) {
      case "text":
        return text(values.unit, help);
      case "whole":
        return integer("N", help, values.least, values.most);
      case "number":
        return real(values.unit, help, values.above, values.most);
      case "choice":
        return choice(values.choices, help);
    }
  };
  return flagOf() as Flag<Settings[K]>;
}

const NAMES: Readonly<Record<ProfileName, string>> = { cpu: "on a CPU driver", gpu: "on a GPU" };

function defaults<T>({ default: initial, others }: Setting<T>): string {
  const [first, rest] = [initial, others ?? initial].map(describe) as [string, string];
  return rest === first ? first : `${first}; other networks: ${rest}`;
}

function describe<T>(initial: Default<T>): string {
  if (typeof initial !== "object") return String(initial);
  const each = initial as Readonly<Record<ProfileName, T>>;
  return PROFILES.map((profile) => `${each[profile]} ${NAMES[profile]}`).join(", ");
}
