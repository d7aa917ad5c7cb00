/**
 * A real provider behind the local engine. Its answers take real time and say nothing of virtual time, which a
 * function in the engine lives by: without this proxy every answer would seem to take none, no timeout would ever
 * end a call, and a wait before a retry would be skipped.
 */
import { setTimeout as sleepFor } from "node:timers/promises";
import { startProxy } from "../capture/proxy.ts";
import { openUpstream } from "../capture/upstream.ts";
import { instantOf } from "./headers.ts";

const VIRTUAL_TIME = "x-virtual-time";

export interface RealProviderOptions {
  /** Base URL of the provider. */
  readonly upstream: URL;
  /** Virtual now, in ms since the epoch; runs as fast as the wall clock. */
  readonly now: () => number;
  /** Waits in real time. @default - a timer */
  readonly sleep?: (ms: number) => Promise<unknown>;
}

export interface RealProvider {
  /** `http://127.0.0.1:<port>`, for the functions of the engine. */
  readonly url: string;
  close(): Promise<void>;
}

/**
 * Starts a proxy on this machine that keeps the two times in step: a request goes out when its virtual instant has
 * come, and its answer says how long it took. Keeps and prints nothing of what it forwards.
 */
export async function startRealProvider(options: RealProviderOptions): Promise<RealProvider> {
  const { now, sleep = sleepFor } = options;
  const upstream = openUpstream(options.upstream);
  const proxy = await startProxy(0, async (request, response) => {
    const sentAt = instantOf(request.headers, now);
    const early = sentAt - now();
    if (early > 0) await sleep(early);
    upstream.forward(request, response, {
      keepBack: [VIRTUAL_TIME],
      answering: () => ["x-virtual-latency-ms", String(Math.max(0, now() - sentAt))],
    });
  });
  return {
    url: proxy.url,
    close: async () => {
      proxy.abort();
      await proxy.finish();
      upstream.close();
    },
  };
}
