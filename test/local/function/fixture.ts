import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import {
  type FunctionOptions,
  type FunctionReply,
  type LocalFunction,
  startFunction,
} from "../../../lib/local/function-host.ts";

/** Noon, so that a reading of the wrong clock or zone shows. */
export const NOON = Date.UTC(2026, 10, 21, 12);

export interface TestFunction extends LocalFunction {
  /** Invokes with a request id of its own. @param at @default NOON */
  call(payload?: unknown, at?: number): Promise<FunctionReply>;
  /** As `call`, and fails unless a result came back. */
  result(payload?: unknown, at?: number): Promise<unknown>;
}

/** A function whose bundle is `source`, in a directory that says its scripts are ES modules, as the project's own does. */
export function aFunction(source: string, options: Partial<FunctionOptions> = {}): TestFunction {
  const code = mkdtempSync(join(tmpdir(), "function-"));
  writeFileSync(join(code, "package.json"), '{"type":"module"}');
  writeFileSync(join(code, "index.js"), source);
  const local = startFunction({
    name: "warm",
    code,
    handler: "index.handler",
    environment: {},
    timeoutMs: 900_000,
    memoryMb: 256,
    stuckAfterMs: 20_000,
    ...options,
  });
  onTestFinished(async () => {
    await local.stop();
    rmSync(code, { recursive: true });
  });
  let calls = 0;
  const call = (payload: unknown = {}, at = NOON) => {
    calls += 1;
    return local.invoke({ requestId: `request-${calls}`, at, payload });
  };
  return {
    ...local,
    call,
    result: async (payload, at) => {
      const reply = await call(payload, at);
      if (reply.error !== undefined)
        throw new Error(`${JSON.stringify(reply.error)} ${reply.logs.join("\n")}`);
      return reply.result;
    },
  };
}

/** A server on this machine, which ends with the test. @returns its address */
export async function aServer(
  answer: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<{ url: string; connections: () => number }> {
  let connections = 0;
  const server = createServer(answer).on("connection", () => {
    connections += 1;
  });
  server.keepAliveTimeout = 0;
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    connections: () => connections,
  };
}

/** Answers after the virtual latency that the path names: `/250` takes 250 ms. */
export function slowly(request: IncomingMessage, response: ServerResponse): void {
  const latency = request.url?.slice(1) ?? "0";
  request.resume();
  response.setHeader("x-virtual-latency-ms", latency);
  response.end(`${latency} ms, sent at ${Number(request.headers["x-virtual-time"]) - NOON}`);
}
