import { PutCommand } from "@aws-sdk/lib-dynamodb";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { PlanReport } from "../../lib/app/plan-run.ts";
import { publishRelease } from "../../lib/app/publish.ts";
import { DynamoPlan } from "../../lib/aws/dynamo-plan.ts";
import { type ManifestEntry, makeManifest } from "../../lib/core/manifest.ts";
import { sha256 } from "../../lib/core/prefix.ts";
import { inPages } from "../../lib/core/prefix-pages.ts";
import { adopt } from "../../lib/core/prefix-state.ts";
import { minuteOf, toUsageItem } from "../../lib/core/usage/usage-record.ts";
import { stateTable } from "../incident/state.ts";
import { aPrompt } from "../support/prompts.ts";
import { CONFIG, HOUR, MINUTE, World } from "../support/world.ts";

const DUE = 5;

/** As large as pages get: fewer of them are written sooner. */
const MOST_PER_PAGE = 64;

/** DynamoDB requests of one run of a function, by operation. */
type Requests = Readonly<Record<string, number>>;

let world: World;
beforeAll(async () => {
  world = await World.live(Array.from({ length: DUE }, (_, i) => aPrompt(`due-${i}`)));
  // Past the first quarter of the hour: the application's records of 15 minutes lie in one partition then.
  await world.pass(16 * MINUTE);
});
afterAll(() => world.stop());

/** Brings the warmer to serve the five prompts and fillers that are not due for hours, `stored` in all. */
async function stock(stored: number): Promise<void> {
  const { control, manifests, prefixes } = world.warmer.operator;
  const now = world.engine.now();
  const [header, held] = [await manifests.header("blue"), await control.read()];
  if (header === undefined || held === undefined) throw new Error("blue is not live");
  const known = (await manifests.entries(header)).filter(({ name }) => name.startsWith("due-"));
  const fillers = Array.from({ length: stored - DUE }, (_, i) => filler(i));
  const manifest = makeManifest("blue", `with-${stored}`, [...known, ...fillers], now);
  await manifests.publish(manifest, new Map());
  const states = fillers.map((entry) => ({
    ...adopt(entry, undefined, now),
    lastStart: now,
    provenAt: now,
    dueAt: now + 12 * HOUR,
  }));
  await prefixes.save(inPages(states, MOST_PER_PAGE));
  const { color, digest, release, required } = manifest;
  const serving = { color, digest, release, required, prefixes: stored, parameterVersion: 1, since: now };
  await control.write({ ...held.control, serving }, held.revision, `stocked-${stored}`);
  expect(await prefixes.all()).toHaveLength(stored);
}

function filler(i: number): ManifestEntry {
  const name = `filler-${i}`;
  const digest = sha256(name);
  return {
    name,
    fingerprint: digest,
    markers: sha256("none"),
    bodyDigest: digest,
    model: "claude-sonnet-5-5",
    ttl: "1h",
    bytes: 12_000,
    required: true,
  };
}

/** Lets ticks pass until one has touched all five; counts its requests, those of an idle one and of monitor runs. */
async function nextTicks() {
  const from = world.engine.now() + 1;
  await world.pass(6 * MINUTE);
  const busy = world.ran(from).find(({ report }) => report?.due === DUE);
  const idle = world.ran(from).find(({ outcome }) => outcome === "nothing_due");
  const [first, second] = world.engine.journal.events.filter(
    (event) => event.kind === "invoked" && event.function.startsWith("WarmerMonitor") && event.at >= from,
  );
  if (busy === undefined || idle === undefined || first?.kind !== "invoked" || second?.kind !== "invoked")
    throw new Error("no tick had five due, or none was idle, or the monitor did not run");
  expect(busy.report).toMatchObject({ outcome: "warmed", keepAlives: DUE, fills: 0 });
  return {
    everyMinute: {
      busy: requestsOf("WarmerWarm", busy),
      idle: requestsOf("WarmerWarm", idle),
      monitor: requestsOf("WarmerMonitor", second),
    },
    monitorAfterRelease: requestsOf("WarmerMonitor", first),
  };
}

function requestsOf(caller: string, run: { readonly at: number; readonly endedAt: number }): Requests {
  const count: Record<string, number> = {};
  for (const call of world.engine.calls) {
    if (call.service !== "dynamodb" || !call.caller.startsWith(caller)) continue;
    if (call.at < run.at || call.at > run.endedAt) continue;
    count[call.operation] = (count[call.operation] ?? 0) + 1;
  }
  return count;
}

describe("the DynamoDB requests of a tick", () => {
  it("are the same with 5 due of 10 stored and with 5 due of 10,000", async () => {
    await stock(10);
    const few = await nextTicks();
    await stock(10_000);
    const many = await nextTicks();
    expect(many.everyMinute).toEqual(few.everyMinute);
    expect(few.everyMinute).toEqual({
      // The lease, a reservation and its settlement, the end; and the page of the five.
      busy: { GetItem: 2, Query: 1, PutItem: 4 + 1 },
      idle: { GetItem: 2, Query: 1, PutItem: 1 },
      // Control, manifest and history; due prefixes, what the application used in the last quarter of an hour, marks.
      monitor: { GetItem: 3, Query: 3 },
    });
    // What a release costs to fill is looked up once, as the hour's figures are: all prefixes, a page of 1 MB a request.
    expect(few.monitorAfterRelease).toEqual({ GetItem: 3, Query: 3 + 1, PutItem: 1 });
    expect(many.monitorAfterRelease).toEqual({ GetItem: 3, Query: 3 + 1, PutItem: 1 });
  });
});

describe("the DynamoDB requests of a tick that plans", () => {
  const prompts = [aPrompt("asked"), aPrompt("unasked")];

  it("are a read and a query more, and what the prefixes in use and the fleet's item take", async () => {
    const { operator } = world.warmer;
    await publishRelease(operator, CONFIG, {
      color: "blue",
      release: "optional",
      prompts,
      by: "test",
      live: true,
      optional: "all",
    });
    await world.pass(2 * MINUTE);
    const asked = (await operator.prefixes.all()).find(({ name }) => name === "asked");
    if (asked === undefined) throw new Error("nothing was adopted");
    const from = world.engine.now();
    await record(asked.fingerprint, 4_000);
    await world.pass(6 * MINUTE);
    const runs = world
      .ran(from)
      .map((run) => ({ report: run.report, requests: requestsOf("WarmerWarm", run) }));
    const where = (is: (plan: PlanReport | undefined) => boolean) =>
      runs.find(({ report }) => is(report?.plan))?.requests;
    expect(where((plan) => plan === undefined)).toEqual({ GetItem: 3, Query: 2, PutItem: 1 });
    expect(where((plan) => plan?.used === 1)).toEqual({
      GetItem: 3,
      Query: 2,
      BatchGetItem: 1,
      // The lease, the fleet's item, the end.
      PutItem: 3,
      BatchWriteItem: 1,
    });
    // In one minute of five the monitor reads the plan for its advice.
    const monitor = world.engine.journal.events.flatMap((event) =>
      event.kind === "invoked" && event.function.startsWith("WarmerMonitor") && event.at >= from
        ? [requestsOf("WarmerMonitor", event)["GetItem"]]
        : [],
    );
    expect(new Set(monitor)).toEqual(new Set([3, 4]));
    expect(monitor.filter((reads) => reads === 4).length).toBeLessThanOrEqual(2);
    const [state] = await operator.prefixes.some([asked.fingerprint]);
    expect(state?.plan).toHaveLength(252);
    expect(await new DynamoPlan(stateTable(world)).read()).toMatchObject({
      policy: "adaptive",
      fleet: expect.any(Uint8Array),
    });
  });
});

/** As the application's recorder does it: one record of the minute that has just ended. */
async function record(fingerprint: string, tokens: number): Promise<void> {
  const { client, name } = stateTable(world);
  const minute = minuteOf(world.engine.now());
  const use = {
    fingerprint,
    model: "claude-sonnet-5-5",
    requests: 3,
    cold: 1,
    neither: 0,
    readTokens: 2 * tokens,
    write5mTokens: tokens,
    write1hTokens: 0,
    uncachedTokens: 0,
    first: 0,
    firstHits: 0,
  };
  const Item = toUsageItem({ minute, writer: "app", part: 0, lost: 0, prefixes: [use] });
  await client.send(new PutCommand({ TableName: name, Item }));
}
