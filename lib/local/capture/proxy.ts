import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { codeOf } from "./code-of.ts";
import { MAX_HEADER_BYTES } from "./upstream.ts";

export type Handle = (request: IncomingMessage, response: ServerResponse) => void | Promise<void>;

/** A proxy on this machine. */
export interface Proxy {
  /** `http://127.0.0.1:<port>`: the base URL for its clients. */
  readonly url: string;
  /** Requests that are under way. */
  inFlight(): number;
  /** Takes no more connections, and resolves when what is under way has ended. */
  finish(): Promise<void>;
  /** Ends what is under way. */
  abort(): void;
}

/**
 * Listens on 127.0.0.1 and has `handle` answer. It sets no time limits: an application that waits long, or sends
 * slowly, is the provider's business.
 *
 * @param port 0: any free one
 * @throws Error that names the port if it cannot be listened on
 */
export async function startProxy(port: number, handle: Handle): Promise<Proxy> {
  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    try {
      // A proxy's own form of request (`GET http://…`) would name its target; this one has only one.
      if (request.url?.startsWith("/") === true) await handle(request, response);
      else response.writeHead(400).end();
    } catch {
      // A request that Node took in and will not send out. The others go on.
      response.destroy();
    }
  };
  let inFlight = 0;
  let onIdle = () => {};
  const server = createServer({ maxHeaderSize: MAX_HEADER_BYTES, requestTimeout: 0 }, (request, response) => {
    inFlight += 1;
    void Promise.all([ended(request), closed(response)]).then(() => {
      inFlight -= 1;
      if (inFlight === 0) onIdle();
    });
    void answer(request, response);
  });
  // A client that reuses a kept connection just as it is closed would see a failure that is not the provider's.
  server.keepAliveTimeout = 0;
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error) => {
      reject(new Error(`port ${port} of 127.0.0.1 cannot be listened on (${codeOf(error)}); choose another`));
    });
    server.listen(port, "127.0.0.1", resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    inFlight: () => inFlight,
    finish: async () => {
      server.close();
      if (inFlight > 0)
        await new Promise<void>((resolve) => {
          onIdle = resolve;
        });
      server.closeAllConnections();
    },
    abort: () => server.closeAllConnections(),
  };
}

/**
 * Node ends a request together with its connection only as long as it has no answer. One that was answered before
 * its last byte came would wait for ever for a client that went away.
 */
async function ended(request: IncomingMessage): Promise<void> {
  const { socket } = request;
  const end = () => request.destroy();
  socket.once("close", end);
  await closed(request);
  socket.off("close", end);
}

/** Not `once` of node:events, which rejects for a broken connection: that is an end like any other. */
function closed(stream: IncomingMessage | ServerResponse): Promise<void> {
  return new Promise((resolve) => stream.once("close", resolve));
}
