import { hostname } from "node:os";
import type { Messenger } from "../cluster/messenger.ts";
import { connectNats, wrongServer } from "../cluster/nats.ts";
import { type Flag, text, toggle, UsageError } from "./arguments.ts";

/** The flags that a connection to a cluster takes. */
export const connectionFlags: {
  readonly creds: Flag<string>;
  readonly insecure: Flag<boolean>;
} = {
  creds: text("FILE", "credentials: a .creds file, or the seed of an nkey (default $BRENIER_CREDS)"),
  insecure: toggle("take a server on another machine without TLS or without credentials"),
};

/** Connects to the server of a cluster; UsageError, which names the flag, for a wrong address. */
export function connectTo(
  flag: string,
  server: string,
  { creds = process.env["BRENIER_CREDS"], insecure }: { readonly creds?: string; readonly insecure?: boolean },
): Promise<Messenger> {
  const wrong = wrongServer({ server, creds, insecure });
  if (wrong !== undefined) throw new UsageError(`${flag}: ${wrong}`);
  return connectNats({ server, creds, insecure, name: `brenier ${hostname()}` });
}
