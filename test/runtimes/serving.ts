// A worker of a browser, Deno or Bun that serves the program that started it.
import type { Port } from "../../src/worker/port.ts";
import { serve } from "../../src/worker/serve.ts";
import { openHere } from "./openHere.ts";

serve(globalThis as unknown as Port, openHere);
