import {
  Agent as HttpAgent,
  type IncomingMessage,
  request as requestHttp,
  type ServerResponse,
} from "node:http";
import { Agent as HttpsAgent, request as requestHttps } from "node:https";
import { pipeline } from "node:stream";
import { urlToHttpOptions } from "node:url";
import { codeOf } from "./code-of.ts";
import { endToEnd } from "./headers.ts";

/** Node's default is 16 KB; what the provider would take must not fail here. */
export const MAX_HEADER_BYTES = 256 * 1024;

/** A kept connection is given up long before the other side may close it: a request on it would meet a reset. */
const IDLE_MS = 4_000;

export interface ForwardHooks {
  /** Request headers that stay here, beside the hop-by-hop ones; lower case. */
  readonly keepBack?: readonly string[];
  /**
   * Hears the status of the answer as soon as it is known, `undefined` if there is none; what it returns is added to
   * the answer's headers.
   */
  readonly answering?: (status: number | undefined) => readonly string[];
}

/** Where requests go on to. */
export interface Upstream {
  readonly url: URL;
  /**
   * Sends a request on and its answer back, both as they stream, byte for byte. Answers 502 in the provider's error
   * form if there is no answer; ends the upstream's request when the client goes away.
   */
  forward(request: IncomingMessage, response: ServerResponse, hooks?: ForwardHooks): void;
  /** Ends the kept connections. */
  close(): void;
}

export function openUpstream(url: URL): Upstream {
  const secure = url.protocol === "https:";
  const options = { keepAlive: true, timeout: IDLE_MS };
  const agent = secure ? new HttpsAgent(options) : new HttpAgent(options);
  const send = secure ? requestHttps : requestHttp;
  const base = url.pathname.replace(/\/+$/, "");

  return {
    url,
    forward: (request, response, { keepBack = [], answering = () => [] } = {}) => {
      if (response.destroyed) return;
      const asked = send({
        ...urlToHttpOptions(url),
        agent,
        method: request.method,
        // Not through `new URL`, which would write the path anew.
        path: `${base}${request.url}`,
        // This side has answered an `Expect: 100-continue` by itself.
        headers: [
          ...endToEnd(request.rawHeaders, ["host", "expect", ...keepBack]),
          // Framing belongs to the connection, and Node frames a body by itself only for some methods.
          ...(request.headers["transfer-encoding"] === undefined ? [] : ["Transfer-Encoding", "chunked"]),
          ...["Host", url.host],
        ],
        maxHeaderSize: MAX_HEADER_BYTES,
      });
      /** From now on the rest of the request is taken in and dropped: a client may read its answer only after sending all. */
      const dropRest = () => {
        request.unpipe(asked);
        asked.destroy();
        request.resume();
      };
      const fail = (error: unknown) => {
        dropRest();
        if (response.headersSent) return;
        const added = answering(undefined);
        if (!response.destroyed) unreachable(response, url, error, added);
      };
      asked.once("response", (answer) => {
        const added = answering(answer.statusCode);
        try {
          writeHead(response, answer, added);
        } catch (error) {
          // A status or a reason that no answer may have.
          return fail(error);
        }
        // An end before the last byte ends both sides: half an answer must not look whole.
        pipeline(answer, response, () => {});
        // Node's client stops sending at the end of an answer that came early, and would stall the application.
        answer.once("end", () => {
          if (!request.complete) dropRest();
        });
      });
      asked.on("error", fail);
      response.once("close", () => {
        if (!response.writableFinished) asked.destroy();
      });
      request.pipe(asked);
    },
    close: () => agent.destroy(),
  };
}

function writeHead(response: ServerResponse, answer: IncomingMessage, added: readonly string[]): void {
  const replaced = added.filter((_, i) => i % 2 === 0).map((name) => name.toLowerCase());
  response.sendDate = false;
  response.writeHead(answer.statusCode ?? 0, answer.statusMessage, [
    ...endToEnd(answer.rawHeaders, replaced),
    ...added,
  ]);
  // Not together with the first chunk: a stream's headers say that the model has begun.
  response.flushHeaders();
}

/** An error as the provider writes it, so that its SDKs understand it; of the cause only the code, which names no data. */
function unreachable(response: ServerResponse, url: URL, error: unknown, added: readonly string[]): void {
  const code = codeOf(error);
  const message = `${url.origin} gave no answer (${code}); this came from the proxy on 127.0.0.1, not from the provider`;
  const body = JSON.stringify({ type: "error", error: { type: "api_error", message } });
  response.writeHead(502, ["content-type", "application/json", ...added]).end(body);
}
