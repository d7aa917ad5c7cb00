/** Two environments with one key between them: two deployments, each with a table of its own, and one provider. */
import { afterAll, beforeAll, expect, inject, it } from "vitest";
import { initWarmer } from "../../lib/app/init.ts";
import { publishRelease } from "../../lib/app/publish.ts";
import { type OperatorPorts, openAsOperator } from "../../lib/aws/operator.ts";
import { resolveConfig } from "../../lib/core/config.ts";
import { REGION } from "../../lib/local/account.ts";
import { type Engine, startEngine } from "../../lib/local/engine.ts";
import { LOCAL_API_KEY } from "../../lib/local/local-warmer.ts";
import { TEST_OPTIONS } from "../support/options.ts";
import { aPrompt } from "../support/prompts.ts";
import { MINUTE, START, World } from "../support/world.ts";
import { billed, spent } from "./money.ts";
import { withOptions } from "./other-options.ts";

const OTHER = { ...TEST_OPTIONS, environment: "staging" };

let world: World;
let other: { readonly engine: Engine; readonly operator: OperatorPorts };

beforeAll(async () => {
  world = await World.live([aPrompt("support")]);
  other = await deployOther();
  const config = resolveConfig(OTHER);
  await initWarmer(other.operator, "blue", "init");
  const prompts = [aPrompt("other support")].map((prompt) => ({ ...prompt, name: "support" }));
  await publishRelease(other.operator, config, {
    color: "blue",
    release: "1",
    prompts,
    by: "test",
    live: true,
  });
});
afterAll(async () => {
  await other.engine.stop();
  await world.stop();
});

/** A deployment of its own, whose functions call the provider of the first. */
async function deployOther(): Promise<typeof other> {
  const assembly = inject("assembly");
  const config = resolveConfig(OTHER);
  const engine = await startEngine({
    assembly: withOptions(assembly, OTHER),
    stack: assembly.stack,
    startAt: START,
    seed: "other",
    providerUrl: world.provider.url,
  });
  const key = { Name: config.apiKeyParameter, Value: LOCAL_API_KEY, Type: "SecureString" } as const;
  engine.ssm.put(key, { at: engine.now() });
  const access = {
    endpoint: engine.url,
    region: REGION,
    credentials: { accessKeyId: "operator", secretAccessKey: "local" },
  };
  const [{ ports: operator }] = await openAsOperator(config, assembly.stack, access, {
    now: engine.now,
    sleep: async () => {},
  });
  return { engine, operator };
}

/** Minute by minute, so that neither is ahead of the other. */
async function pass(minutes: number): Promise<void> {
  for (let minute = 0; minute < minutes; minute++) {
    await world.pass(MINUTE);
    await other.engine.runUntil(world.engine.now());
  }
}

async function controlOf(operator: OperatorPorts) {
  const held = await operator.control.read();
  if (held === undefined) throw new Error("there is no control item");
  return held.control;
}

it("keeps two ledgers that together hold what the provider billed, and a limit of the provider's stops both", {
  timeout: 600_000,
}, async () => {
  await pass(8);
  const [mine, theirs] = [await spent(world), (await controlOf(other.operator)).ledger.day.spent];
  expect(mine).toBeGreaterThan(0);
  expect(theirs).toBeGreaterThan(0);
  const touches = world.touches().length;
  const roundedUp = mine + theirs - billed(world);
  expect(roundedUp).toBeGreaterThanOrEqual(0);
  expect(roundedUp).toBeLessThanOrEqual(touches);

  const over = world.provider.faults.add({ kind: "billing" });
  await pass(6);
  over();
  for (const operator of [world.warmer.operator, other.operator])
    expect((await controlOf(operator)).paused).toMatchObject({ cause: "provider_spend_limit" });
  const from = world.engine.now();
  await pass(6);
  expect(world.touches(from)).toEqual([]);
});
