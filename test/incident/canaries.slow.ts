/** A key, a prompt and a user's words that must stay where they belong, whatever breaks. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { ScanCommand } from "@aws-sdk/lib-dynamodb";
import { afterAll, beforeAll, expect, it } from "vitest";
import { LOCAL_FILE } from "../../bin/deployment.ts";
import { REGION } from "../../lib/local/account.ts";
import type { RequestFault } from "../../lib/local/provider/faults.ts";
import { warmer } from "../bin/warmer.ts";
import { TEST_OPTIONS } from "../support/options.ts";
import { aPrompt } from "../support/prompts.ts";
import { MINUTE, World } from "../support/world.ts";
import { SHARED_KEYS, Traffic } from "./organic-traffic.ts";
import { writeColor } from "./release-acts.ts";
import { bodyKey, damage, stateTable } from "./state.ts";

const KEY = "sk-ant-canary-key-2718";
const PROMPT = "canary of the prompt";
/** Each request of the application asks one. */
const QUESTION = "Question 1";
const CANARIES = [KEY, PROMPT, QUESTION];

const FAULTS: readonly RequestFault[] = [
  { kind: "rate_limited" },
  { kind: "server_error" },
  { kind: "overloaded" },
  { kind: "gateway_timeout" },
  { kind: "dropped_connection" },
  { kind: "timeout" },
  { kind: "missing_usage" },
  { kind: "not_json", as: "html_page" },
  { kind: "not_json", as: "cut_short" },
  { kind: "forbidden" },
  { kind: "model_not_found" },
  { kind: "unauthorized" },
];

const prompts = [aPrompt("support", { words: PROMPT }), aPrompt("triage", { words: `another ${PROMPT}` })];
const cwd = mkdtempSync(join(tmpdir(), "warmer-canaries-"));
/** What the CLI printed. */
const typed: string[] = [];

let world: World;
beforeAll(async () => {
  const [, application] = SHARED_KEYS;
  if (application === undefined) throw new Error("the application has no key");
  const keys = [{ key: KEY, workspace: "default", caller: "warmer" }, application];
  const latency = () => ({ firstByteMs: 700, totalMs: 900 });
  world = await World.live(prompts, { apiKey: KEY, provider: { keys, latency } });
  mkdirSync(join(cwd, dirname(LOCAL_FILE)));
  writeFileSync(join(cwd, "warmer.config.mjs"), `export default ${JSON.stringify(TEST_OPTIONS)};`);
  writeFileSync(join(cwd, "cut.json"), (prompts[0]?.text ?? "").slice(0, 2_000));
  writeFileSync(join(cwd, "support.json"), prompts[0]?.text ?? "");
});
afterAll(async () => {
  await world.stop();
  rmSync(cwd, { recursive: true, force: true });
});

async function type(...args: readonly string[]): Promise<void> {
  const access = {
    endpoint: world.engine.url,
    region: REGION,
    credentials: { accessKeyId: "olivia", secretAccessKey: "local" },
    clock: { startAt: world.engine.now(), speed: 0 },
  };
  writeFileSync(join(cwd, LOCAL_FILE), JSON.stringify(access));
  const { stdout, stderr } = await warmer(cwd, "--local", "--config", "warmer.config.mjs", ...args);
  typed.push(stdout, stderr);
}

/** Everything unpacked that the table holds, by kind. */
async function tableText(): Promise<{ readonly bodies: string; readonly others: string }> {
  const { client, name } = stateTable(world);
  const { Items: items = [], LastEvaluatedKey: more } = await client.send(
    new ScanCommand({ TableName: name }),
  );
  expect(more).toBeUndefined();
  const texts = items.map((item) => ({
    isBody: String(item["pk"]).startsWith("body"),
    text: JSON.stringify(item, (_name, value: unknown) =>
      isGzip(value) ? gunzipSync(value).toString() : value,
    ),
  }));
  const textOf = (isBody: boolean) =>
    texts.flatMap((one) => (one.isBody === isBody ? [one.text] : [])).join("\n");
  return { bodies: textOf(true), others: textOf(false) };
}

function isGzip(value: unknown): value is Uint8Array {
  return value instanceof Uint8Array && value[0] === 0x1f && value[1] === 0x8b;
}

it("no sink has heard of key, prompt or question, though everything broke", {
  timeout: 600_000,
}, async () => {
  const { engine, provider } = world;
  new Traffic(world, prompts[0] ?? aPrompt("support")).start();
  await world.pass(3 * MINUTE);

  for (const fault of FAULTS) {
    const over = provider.faults.add({ ...fault, caller: "warmer" });
    await world.pass(2 * MINUTE);
    over();
  }
  for (const service of ["ssm", "dynamodb", "cloudwatch", "sns"] as const) {
    const over = engine.faults.inject({ kind: "denied", service });
    await world.pass(2 * MINUTE);
    over();
  }
  writeColor(world, "https://example.com/../blue\n");
  await world.pass(2 * MINUTE);
  writeColor(world, "blue");
  await world.pass(4 * MINUTE);
  await world.publish("green", "1", [aPrompt("support", { words: `green ${PROMPT}` })]);
  // Readable, and not what was published.
  const other = gzipSync(JSON.stringify({ model: "claude-sonnet-5-5", system: `other ${PROMPT}` }));
  await damage(world, await bodyKey(world, "green", "support"), (item) => ({ ...item, data: other }));
  await world.flip("green");
  await world.pass(2 * MINUTE);
  await world.flip("blue");
  await world.pass(2 * MINUTE);

  await type("status");
  await type("--json", "status");
  await type("doctor");
  await type("diagnose");
  await type("incidents");
  await type("publish", "cut.json", "--color", "green", "--release", "2");
  await type("publish", "support.json", "--color", "green", "--release", "2");
  await type("publish", "support.json", "--color", "green", "--release", "3", "--dry-run");
  await type("estimate");
  await world.pass(MINUTE);

  const { bodies, others } = await tableText();
  const outcomes = new Set(world.ran().map(({ outcome }) => outcome));
  // That the search finds what is there, and that what was to break did.
  expect(bodies).toContain(PROMPT);
  expect(provider.log.filter(({ caller }) => caller === "application").length).toBeGreaterThan(10);
  for (const outcome of [
    "transient_failure",
    "usage_missing",
    "auth_failed",
    "unknown_color",
    "body_damaged",
    "state_unreadable",
  ])
    expect(outcomes).toContain(outcome);

  const sinks = {
    "logs, results, errors, mails and everything lost": JSON.stringify(engine.journal.events),
    queues: JSON.stringify(engine.sqs.queues()),
    metrics: JSON.stringify(engine.cloudwatch.published()),
    alarms: JSON.stringify(engine.alarms.all()),
    "calls of AWS": JSON.stringify(engine.calls),
    "the table beside prompts": others,
    "what the CLI prints": typed.join("\n"),
  };
  for (const [sink, text] of Object.entries(sinks))
    for (const canary of CANARIES) expect(text.includes(canary), `${canary} in ${sink}`).toBe(false);
});
