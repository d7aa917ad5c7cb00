/** The whole way of the advice: plan, monitor, Parameter Store, application, request, reply, recorder, plan. */
import Anthropic from "@anthropic-ai/sdk";
import { afterEach, expect, it } from "vitest";
import { publishRelease } from "../../lib/app/publish.ts";
import { readStatus } from "../../lib/app/status.ts";
import { DynamoPlan } from "../../lib/aws/dynamo-plan.ts";
import {
  dynamoUsageWriter,
  prefixRequest,
  ssmAdviceReader,
  ttlAdvice,
  usageRecorder,
} from "../../lib/client/index.ts";
import type { Ttl } from "../../lib/core/due.ts";
import { openPolicy } from "../../lib/core/plan/fleet-plan.ts";
import { plannedPrefix } from "../../lib/core/plan/plan-prefix.ts";
import { REGION } from "../../lib/local/account.ts";
import { aPrompt } from "../support/prompts.ts";
import { CONFIG, MINUTE, World } from "../support/world.ts";
import { APP_KEY, SHARED_KEYS } from "./organic-traffic.ts";
import { stateTable } from "./state.ts";

/** The prompts' own TTL is 5m; the planner advises 1h of what it does not know. */
const PROMPTS = Array.from({ length: 10 }, (_, i) => aPrompt(`tenant-${i}`, { ttl: "5m" }));

let world: World;
afterEach(() => world.stop());

/** An application that uses each prompt every seven minutes, and takes advice or does not. */
async function use({ takes }: { readonly takes: boolean }): Promise<void> {
  const { engine, provider } = world;
  const access = {
    endpoint: engine.url,
    region: REGION,
    credentials: { accessKeyId: "application", secretAccessKey: "local" },
  };
  const recorder = usageRecorder({
    write: dynamoUsageWriter({ tableName: stateTable(world).name, ...access }),
    now: engine.now,
    after: () => () => {},
  });
  const advice = ttlAdvice({
    read: ssmAdviceReader({ parameterName: CONFIG.ttlAdviceParameter, ...access }),
    now: engine.now,
  });
  const client = new Anthropic({
    apiKey: APP_KEY,
    baseURL: provider.url,
    maxRetries: 0,
    middleware: [recorder.middleware],
    fetch: (url, init) => {
      const headers = new Headers(init?.headers);
      headers.set("x-virtual-time", String(engine.now()));
      return fetch(url, { ...init, headers });
    },
  });
  const ask = async () => {
    await advice.ready(60_000);
    for (const { body } of PROMPTS) {
      const tail = { max_tokens: 50, messages: [{ role: "user" as const, content: "Where is my order?" }] };
      const options = takes ? { ttl: advice.ttlFor(body) } : {};
      await client.messages.create(prefixRequest(body, tail, options));
    }
    await recorder.flush();
  };
  for (let round = 0; round < 3; round++) engine.at(engine.now() + (7 * round + 1) * MINUTE, ask);
}

it.each<{ what: string; takes: boolean; ttl: Ttl }>([
  {
    what: "takes the advice writes for 1h, and its prompts are left alone for most of an hour",
    takes: true,
    ttl: "1h",
  },
  {
    what: "ignores it writes for 5m, and its prompts are kept alive as that demands",
    takes: false,
    ttl: "5m",
  },
])("an application that $what", async ({ takes, ttl }) => {
  world = await World.deploy({ provider: { keys: SHARED_KEYS } });
  await world.init("blue");
  const release = {
    color: "blue",
    release: "1",
    prompts: PROMPTS,
    by: "test",
    live: true,
    optional: "all" as const,
  };
  await publishRelease(world.warmer.operator, CONFIG, release);
  await world.pass(7 * MINUTE);
  expect(world.engine.ssm.value(CONFIG.ttlAdviceParameter)).toBe('{"schema":1,"unlisted":"1h"}');

  const from = world.engine.now();
  await use({ takes });
  await world.pass(22 * MINUTE);

  const { operator } = world.warmer;
  const log = world.provider.log.filter(({ endpoint, at }) => endpoint === "messages" && at >= from);
  const written = (caller: string, bucket: "write5mTokens" | "write1hTokens") =>
    log.filter((line) => line.caller === caller && (line.usage?.[bucket] ?? 0) > 0).length;
  const [granted, other] =
    ttl === "1h"
      ? (["write1hTokens", "write5mTokens"] as const)
      : (["write5mTokens", "write1hTokens"] as const);
  expect(written("application", granted)).toBeGreaterThanOrEqual(PROMPTS.length);
  expect(written("application", other)).toBe(0);
  expect(written("warmer", other)).toBe(0);

  // The planner goes by what the replies said.
  const { policy } = openPolicy(CONFIG.policy, await new DynamoPlan(stateTable(world)).read());
  const plans = (await operator.prefixes.all()).map(
    (state) => plannedPrefix(state, policy, world.engine.now())?.plan,
  );
  expect(plans.map((plan) => [plan?.live, plan?.advice])).toEqual(PROMPTS.map(() => [ttl, "1h"]));
  const touches = world.touches(from);
  if (takes) expect(touches).toEqual([]);
  else expect(touches.length).toBeGreaterThan(PROMPTS.length);
  for (const { usage } of touches) expect(usage?.readTokens).toBeGreaterThan(0);

  const status = await readStatus(operator, CONFIG);
  expect(status.advice).toMatchObject({ unlisted: "1h" });
});
