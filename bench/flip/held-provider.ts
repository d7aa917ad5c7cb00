import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { writtenTokens } from "../../lib/core/usage.ts";
import { LOCAL_API_KEY } from "../../lib/local/local-warmer.ts";
import { latencyBySize } from "../../lib/local/provider/latency.ts";
import { Provider } from "../../lib/local/provider/provider.ts";

/** One answered request. Instants are of `performance.now()`, in ms. */
export interface Answered {
  readonly kind: "fill" | "read" | "count" | "other";
  readonly fingerprint: string;
  /** How long the provider took by its own account; what the machine took longer is not in it. */
  readonly latencyMs: number;
  readonly arrivedAt: number;
  readonly endedAt: number;
}

export interface HeldProvider {
  readonly url: string;
  readonly answered: readonly Answered[];
  /** Has a request answered as if it had come at an earlier instant, ms since the epoch: its prefix is in the cache. */
  remember(request: object, at: number): void;
  close(): Promise<void>;
}

/**
 * What `count_tokens` takes: an assumption, since nobody publishes a figure. It is not part of what the provider alone
 * needs to warm a prefix, so it counts against the warmer.
 */
const COUNT_MS = 200;

/**
 * The simulated provider on the wall clock: it holds every answer back until its latency has passed since the
 * request's head came in, so that the time to compute the answer is in it.
 */
export async function startHeldProvider(): Promise<HeldProvider> {
  const keys = [{ key: LOCAL_API_KEY, workspace: "default", caller: "warmer" }];
  const provider = new Provider({ keys, now: Date.now, latency: latencyBySize, seed: "flip" });
  const answered: Answered[] = [];
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const arrivedAt = performance.now();
    const at = Date.now();
    const { method = "", url: path = "" } = request;
    const body = await bytesOf(request);
    const headers = { ...request.headers, "x-virtual-time": String(at) };
    const wire = provider.answer({ method, path, headers, body });
    const entry = provider.log.at(-1);
    if (wire === undefined || entry === undefined) throw new Error("nothing here drops a connection");
    const counts = entry.endpoint === "count_tokens";
    const latencyMs = counts ? COUNT_MS : entry.inFlightMs;
    await sleep(arrivedAt + latencyMs - performance.now());
    response.writeHead(wire.status, wire.headers).end(wire.body);
    const kind = counts ? "count" : kindOf(entry);
    const fingerprint = entry.fingerprint ?? "";
    answered.push({ kind, fingerprint, latencyMs, arrivedAt, endedAt: performance.now() });
  };
  const server = createServer((request, response) => {
    answer(request, response).catch(() => response.destroy());
  });
  server.keepAliveTimeout = 0;
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    answered,
    remember: (request, at) => {
      const headers = {
        "content-type": "application/json",
        "anthropic-version": "2023-06-01",
        "x-api-key": LOCAL_API_KEY,
        "x-virtual-time": String(at),
      };
      const body = Buffer.from(JSON.stringify(request));
      const wire = provider.answer({ method: "POST", path: "/v1/messages", headers, body });
      if (wire?.status !== 200) throw new Error(`the provider answered ${wire?.status}`);
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function kindOf({ usage, status }: Provider["log"][number]): Answered["kind"] {
  if (status !== 200 || usage === undefined) return "other";
  if (writtenTokens(usage) > 0) return "fill";
  return usage.readTokens > 0 ? "read" : "other";
}

async function bytesOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks);
}
