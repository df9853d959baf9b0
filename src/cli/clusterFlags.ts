import { hostname } from "node:os";
import { versions } from "../adapter/versions.ts";
import { Cluster } from "../cluster/cluster.ts";
import type { Identity } from "../cluster/identity.ts";
import { connectNats, type NatsOptions, wrongServer } from "../cluster/nats.ts";
import { type Flag, text, toggle, UsageError, type ValuesOf } from "./arguments.ts";

/** A variable of the environment, of which an empty one is none. */
export const given = (name: "BRENIER_CLUSTER" | "BRENIER_CREDS"): string | undefined => process.env[name] || undefined;

/** The flags that a connection to a cluster takes. */
export const connectionFlags: {
  readonly creds: Flag<string>;
  readonly insecure: Flag<boolean>;
} = {
  creds: text("FILE", "credentials: a .creds file, or the seed of an nkey (default $BRENIER_CREDS)"),
  insecure: toggle("take a server on another machine without TLS or without credentials"),
};

/** A share that is written in percent. */
const percent = (help: string): Flag<number> => ({
  value: "P%",
  help,
  parse(share, name) {
    const number = /^(\d+(?:\.\d+)?)%$/.exec(share)?.[1];
    if (number !== undefined && Number(number) <= 100) return Number(number) / 100;
    throw new UsageError(`--${name}: expected a share from 0% to 100%, got ${share}`);
  },
});

/** The flags of a command whose samples the workers of a cluster may count. */
export const coordinatorFlags: {
  readonly cluster: Flag<string>;
  readonly creds: Flag<string>;
  readonly insecure: Flag<boolean>;
  readonly mixed: Flag<boolean>;
  readonly verify: Flag<number>;
} = {
  cluster: text("URL", "count by the workers at a NATS server, nats://HOST:PORT (default $BRENIER_CLUSTER)"),
  ...connectionFlags,
  mixed: toggle("take workers whose adapters differ: results then agree in statistics, not in bits"),
  verify: percent("share of the ranges that two workers count; who differs is refused (default 0%)"),
};

/** Whose bits count where the coordinator computes nothing itself. */
export const referenceFlag: { readonly reference: Flag<string> } = {
  reference: {
    value: "DIGEST",
    help: "take workers with these score bits, see `worker --doctor` (default the first worker's)",
    parse(digest, name) {
      if (/^[0-9a-f]{64}$/.test(digest)) return digest;
      throw new UsageError(`--${name}: expected 64 digits of \`worker --doctor\`, got ${digest}`);
    },
  },
};

type CoordinatorValues = ValuesOf<typeof coordinatorFlags> & Partial<ValuesOf<typeof referenceFlag>>;

/** The server that the user gave; UsageError where flags say how to use one and there is none. */
export function serverOf(values: CoordinatorValues): string | undefined {
  const { cluster = given("BRENIER_CLUSTER"), mixed = false, verify = 0 } = values;
  const other = (["creds", "insecure", "mixed", "verify", "reference"] as const).find(
    (flag) => values[flag] !== undefined,
  );
  if (cluster === undefined && other !== undefined) {
    throw new UsageError(`--${other}: expected --cluster with it, got none`);
  }
  if (mixed && verify > 0) {
    throw new UsageError("--verify: expected workers with the same bits, got --mixed; leave out one of them");
  }
  if (mixed && values.reference !== undefined) {
    throw new UsageError("--reference: expected workers with the same bits, got --mixed; leave out one of them");
  }
  return cluster;
}

/** The workers at a server. `reference` has the bits that theirs must equal. */
export async function openCluster(
  server: string,
  values: CoordinatorValues,
  { say, reference }: { readonly say: (line: string) => void; readonly reference?: Identity },
): Promise<Cluster> {
  const messenger = await connectNats(natsOptions("--cluster", server, values));
  return new Cluster(messenger, {
    version: versions().brenier,
    mixed: values.mixed === true,
    verify: values.verify ?? 0,
    probe: values.reference,
    ...(reference === undefined ? {} : { reference }),
    say,
  });
}

/** How to reach the server of a cluster; UsageError, which names the flag, for a wrong address. */
export function natsOptions(
  flag: string,
  server: string,
  { creds = given("BRENIER_CREDS"), insecure }: ValuesOf<typeof connectionFlags>,
): NatsOptions {
  const wrong = wrongServer({ server, creds, insecure });
  if (wrong !== undefined) throw new UsageError(`${flag}: ${wrong}`);
  return { server, creds, insecure, name: `brenier ${hostname()}` };
}
