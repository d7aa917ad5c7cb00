/** Requests and answers as they are on the endpoint's socket. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { gunzipSync } from "node:zlib";
import type { WireReply, WireRequest } from "./wire.ts";

/** Who signed a request, and for which service. */
export interface Signature {
  readonly accessKeyId: string;
  readonly service: string;
}

/** `Credential=<access key id>/<date>/<region>/<service>/aws4_request` */
export function signatureOf(request: IncomingMessage): Signature | undefined {
  const match = /Credential=([^/]+)\/\d+\/[^/]+\/([^/]+)\//.exec(request.headers.authorization ?? "");
  const [, accessKeyId, signingName] = match ?? [];
  if (accessKeyId === undefined || signingName === undefined) return undefined;
  // The one service here whose signing name is not its IAM name.
  return { accessKeyId, service: signingName === "monitoring" ? "cloudwatch" : signingName };
}

/** The virtual instant that a request states, else now; milliseconds since the epoch. */
export function instantOf(request: IncomingMessage, now: () => number): number {
  const stated = Number(request.headers["x-virtual-time"]);
  return request.headers["x-virtual-time"] !== undefined && Number.isFinite(stated) ? stated : now();
}

export async function readRequest(request: IncomingMessage): Promise<WireRequest> {
  const bytes = await bytesOf(request);
  const url = new URL(request.url ?? "/", "http://127.0.0.1");
  return {
    method: request.method ?? "GET",
    path: url.pathname,
    query: url.searchParams,
    headers: request.headers,
    // The CloudWatch client compresses from 10 KB on.
    body: request.headers["content-encoding"] === "gzip" ? gunzipSync(bytes) : bytes,
  };
}

export async function bytesOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/** A body that is no JSON is for dynalite to refuse. */
export function bodyIn(bytes: Buffer): Readonly<Record<string, unknown>> {
  try {
    return JSON.parse(bytes.toString());
  } catch {
    return {};
  }
}

/** @param latencyMs virtual milliseconds for which the caller does not hear it. */
export function send(response: ServerResponse, reply: WireReply, latencyMs = 0): void {
  const body = typeof reply.body === "string" ? Buffer.from(reply.body) : reply.body;
  response.writeHead(reply.status, {
    ...reply.headers,
    "content-length": body.byteLength,
    ...(latencyMs > 0 ? { "x-virtual-latency-ms": String(Math.round(latencyMs)) } : {}),
  });
  response.end(body);
}
