import type { IncomingMessage, ServerResponse } from "node:http";
import { build } from "esbuild";
import { beforeAll, describe, expect, it } from "vitest";
import { aFunction, aServer, NOON } from "./fixture.ts";

const HOUR = 3_600_000;

/** One bundle with both SDKs, made as the product's bundles are. What it does is in its event. */
const SOURCE = `
  import Anthropic from "@anthropic-ai/sdk";
  import { GetParameterCommand, SSMClient } from "@aws-sdk/client-ssm";
  let ssm;
  const tasks = {
    async parameter({ client, name = "live-color", abortAfter }) {
      ssm ??= new SSMClient(client);
      const options = abortAfter === undefined ? {} : { abortSignal: AbortSignal.timeout(abortAfter) };
      const { Parameter } = await ssm.send(new GetParameterCommand({ Name: name }), options);
      return Parameter.Value;
    },
    async message({ client }) {
      const anthropic = new Anthropic(client);
      const message = await anthropic.messages.create({
        model: "claude-sonnet-4-5", max_tokens: 1, messages: [{ role: "user", content: "Hi" }],
      });
      return message.usage;
    },
  };
  export async function handler({ task, times = 1, ...input }) {
    const began = Date.now();
    const outcomes = await Promise.all(Array.from({ length: times }, () => tasks[task](input).then(
      (value) => ({ value, after: Date.now() - began }),
      (error) => ({ name: error.constructor.name, message: error.message, after: Date.now() - began }),
    )));
    return times === 1 ? outcomes[0] : outcomes;
  }`;

let bundle: string;
beforeAll(async () => {
  const { outputFiles } = await build({
    stdin: { contents: SOURCE, resolveDir: import.meta.dirname },
    bundle: true,
    minify: true,
    format: "cjs",
    platform: "node",
    target: "node20",
    mainFields: ["module", "main"],
    write: false,
    logLevel: "error",
  });
  bundle = outputFiles[0]?.text ?? "";
});

/** Answers `body` after `latencyMs` of virtual time. */
function answering(body: unknown, latencyMs: number, status = 200) {
  return (request: IncomingMessage, response: ServerResponse) => {
    request.resume();
    response.writeHead(status, {
      "content-type": "application/json",
      "x-virtual-latency-ms": String(latencyMs),
    });
    response.end(JSON.stringify(body));
  };
}

function local(url: string) {
  return aFunction(bundle, {
    timeoutMs: 2 * HOUR,
    environment: { AWS_ENDPOINT_URL: url, ANTHROPIC_BASE_URL: url },
    credentials: { accessKeyId: "local-Warm", secretAccessKey: "local" },
  });
}

describe("the AWS SDK in a function", () => {
  const GREEN = { Parameter: { Name: "live-color", Value: "green" } };

  it("reads a parameter, which takes its virtual time, over one connection", async () => {
    const server = await aServer(answering(GREEN, 40));
    const warm = local(server.url);
    for (const minute of [0, 1, 2])
      expect(await warm.call({ task: "parameter" }, NOON + minute * 60_000)).toEqual({
        at: NOON + minute * 60_000 + 40,
        result: { value: "green", after: 40 },
        logs: [],
      });
    expect(server.connections()).toBe(1);
  });

  it("has eight requests in flight at once", async () => {
    const waiting: (() => void)[] = [];
    // Answers when the eighth has come: a client that waits for one before the next hangs.
    const server = await aServer((request, response) => {
      waiting.push(() => answering(GREEN, 40)(request, response));
      if (waiting.length === 8) for (const answer of waiting) answer();
    });
    const outcomes = await local(server.url).result({ task: "parameter", times: 8 });
    expect(outcomes).toEqual(Array.from({ length: 8 }, () => ({ value: "green", after: 40 })));
  });

  it.each([
    ["requestTimeout", { requestTimeout: 1500, throwOnRequestTimeout: true }, 1500],
    // The SDK watches the socket from 3 s on when the timeout is 6 s or longer.
    ["socketTimeout", { socketTimeout: 6000 }, 9000],
  ])("gives up by its own %s long before an answer that takes an hour", async (_, requestHandler, after) => {
    const { url } = await aServer(answering(GREEN, HOUR));
    const input = { task: "parameter", client: { maxAttempts: 1, requestHandler } };
    expect(await local(url).result(input)).toMatchObject({
      after,
      message: expect.stringMatching(/timed out|exceeded/),
    });
  });

  it("gives up by the caller's signal", async () => {
    const { url } = await aServer(answering(GREEN, HOUR));
    const input = { task: "parameter", client: { maxAttempts: 1 }, abortAfter: 700 };
    expect(await local(url).result(input)).toMatchObject({ after: 700 });
  });

  it("retries on the virtual clock, after the same delays in every run", async () => {
    const { url } = await aServer(answering({ __type: "InternalServerError" }, 10, 500));
    const attempt = () => local(url).result({ task: "parameter", client: { maxAttempts: 4 } });
    const outcome = (await attempt()) as { name: string; after: number };
    expect(outcome.after).toBeGreaterThan(40);
    expect(await attempt()).toEqual(outcome);
  });
});

describe("the Anthropic SDK in a function", () => {
  const usage = {
    input_tokens: 8,
    output_tokens: 1,
    cache_read_input_tokens: 0,
    cache_creation_input_tokens: 0,
  };
  const MESSAGE = { id: "msg_1", type: "message", role: "assistant", content: [], usage };
  const client = { apiKey: "test", maxRetries: 0, timeout: 2000 };

  it("sends a message, which takes its virtual time, over one connection", async () => {
    const server = await aServer(answering(MESSAGE, 1200));
    const warm = local(server.url);
    for (const minute of [0, 1, 2])
      expect(await warm.result({ task: "message", client }, NOON + minute * 60_000)).toEqual({
        value: usage,
        after: 1200,
      });
    expect(server.connections()).toBe(1);
  });

  it("gives up by its own timeout long before an answer that takes an hour", async () => {
    const { url } = await aServer(answering(MESSAGE, HOUR));
    expect(await local(url).result({ task: "message", client })).toMatchObject({
      message: "Request timed out.",
      after: 2000,
    });
  });

  it("retries on the virtual clock", async () => {
    const { url } = await aServer(answering({ type: "error", error: { type: "overloaded_error" } }, 10, 529));
    const attempt = () => local(url).result({ task: "message", client: { ...client, maxRetries: 2 } });
    const outcome = (await attempt()) as { name: string; after: number };
    expect(outcome.after).toBeGreaterThan(1000);
    expect(await attempt()).toEqual(outcome);
  });
});
