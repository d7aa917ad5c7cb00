import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { ApiError } from "./api-error.ts";
import type { Bill } from "./bill.ts";
import type { Faults } from "./faults.ts";
import type { ProviderOptions } from "./options.ts";
import type { PromptCache } from "./prompt-cache.ts";
import { Provider, type WireAnswer } from "./provider.ts";
import type { LoggedRequest } from "./request-log.ts";

/** A running provider. */
export interface SimulatedProvider {
  /** `http://127.0.0.1:<port>`, as the SDK takes it for `baseURL`. */
  readonly url: string;
  readonly bill: Bill;
  /** Every request in order of arrival. */
  readonly log: readonly LoggedRequest[];
  readonly faults: Faults;
  readonly cache: PromptCache;
  close(): Promise<void>;
}

/** Request size limit of the Messages API (errors page, read 2026-09-02). */
const MAX_BODY_BYTES = 32 * 1024 * 1024;

/**
 * Starts a provider that speaks the Messages API on this machine only: `POST /v1/messages`, also streamed, and
 * `POST /v1/messages/count_tokens`. It answers at once in real time; an answer that takes virtual time says so in
 * `x-virtual-latency-ms`, and the instant of a request is its `x-virtual-time`.
 */
export async function startSimulatedProvider(options: ProviderOptions): Promise<SimulatedProvider> {
  const provider = new Provider(options);
  const server = createServer((request, response) => {
    readBody(request)
      .then((body) => {
        if (body === "too_large") return tooLarge();
        const { method = "", url = "", headers } = request;
        const [path = ""] = url.split("?");
        return provider.answer({ method, path, headers, body });
      })
      .then((answer) => send(response, answer))
      // The client went away while it was sending: there is nobody to answer.
      .catch(() => response.destroy());
  });
  // A client whose virtual clock stands still for seconds of real time keeps its connection.
  server.keepAliveTimeout = 0;
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    bill: provider.bill,
    log: provider.log,
    faults: provider.faults,
    cache: provider.cache,
    close: () => close(server),
  };
}

// --- internal ---

async function readBody(request: IncomingMessage): Promise<Buffer | "too_large"> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    // What is too large is still read to its end: a client that is cut off sees a broken connection, not the 413.
    if (size <= MAX_BODY_BYTES) chunks.push(chunk);
  }
  return size > MAX_BODY_BYTES ? "too_large" : Buffer.concat(chunks);
}

/** The real one comes from a proxy in front of the API and carries no request id. */
function tooLarge(): WireAnswer {
  const error = new ApiError(
    413,
    "request_too_large",
    `Request exceeds the maximum of ${MAX_BODY_BYTES} bytes`,
  );
  return { status: error.status, headers: { "content-type": "application/json" }, body: error.body(null) };
}

function send(response: ServerResponse, answer: WireAnswer): void {
  if (answer === undefined) response.destroy();
  else response.writeHead(answer.status, answer.headers).end(answer.body);
}

async function close(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => {
    server.close(() => resolve());
  });
  server.closeAllConnections();
  await closed;
}
