// A worker of node:worker_threads that serves the program that started it.
import { parentPort } from "node:worker_threads";
import { openGpu } from "../../src/adapter/openGpu.ts";
import { serve } from "../../src/worker/serve.ts";

serve(parentPort, openGpu);
