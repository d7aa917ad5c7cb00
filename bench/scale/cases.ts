import { PutCommand } from "@aws-sdk/lib-dynamodb";
import type { Assembly } from "../../bin/synthesize.ts";
import { DynamoPlan } from "../../lib/aws/dynamo-plan.ts";
import { MINUTE_MS } from "../../lib/core/due.ts";
import { openPolicy } from "../../lib/core/plan/fleet-plan.ts";
import { adoptPlans } from "../../lib/core/plan/plan-adopt.ts";
import { touchForm } from "../../lib/core/touch.ts";
import { toUsageItem } from "../../lib/core/usage/usage-record.ts";
import {
  adopted,
  bareFleet,
  type Fleet,
  minutesOf,
  touchedForDueAt,
  warmSince,
  withPrompts,
} from "./fleet.ts";
import { CONFIG, type Ran, ScaleWarmer } from "./warmer.ts";

/** Others fall due long after the bench, and what is touched is still in the provider's cache. */
const TOUCHED_BEFORE_MS = 5 * MINUTE_MS;

/** A steady minute, several times: other prefixes are due each time, so their bodies are in no memory. */
export async function steadyMinutes(assembly: Assembly, prefixes: number, runs: number): Promise<Ran[]> {
  const bare = bareFleet("steady", prefixes, true);
  const shares = minutesOf(adopted(bare.entries, 0), runs).map(fingerprintsOf);
  const all = new Set(shares.flatMap((share) => [...share]));
  const fleet = withPrompts(bare, "steady", all, all.size);
  const warmer = await ScaleWarmer.deploy(assembly);
  try {
    const manifest = await warmer.publish("blue", "steady", fleet);
    const before = Date.now() - TOUCHED_BEFORE_MS;
    const states = warmSince(fleet.entries, before);
    await warmer.serve(manifest, states);
    for (const digest of fleet.bodies.keys()) remember(warmer, fleet, digest, before);
    const measured: Ran[] = [];
    for (const share of shares) {
      const minute = Math.floor(Date.now() / MINUTE_MS) * MINUTE_MS;
      const lastStart = touchedForDueAt(minute);
      const due = states.filter(({ fingerprint }) => share.has(fingerprint));
      await warmer.prefixes.save(
        due.map((state) => ({ ...state, lastStart, provenAt: lastStart, dueAt: minute })),
      );
      const ran = await warmer.tick();
      const { outcome, keepAlives, fills } = ran.report;
      if (outcome !== "warmed" || fills !== 0 || keepAlives !== due.length)
        throw new Error(`a steady minute must read ${due.length} prefixes: ${JSON.stringify(ran.report)}`);
      measured.push(ran);
    }
    return measured;
  } finally {
    await warmer.stop();
  }
}

/** A flip to a color that nobody has filled, beside one that stays warm: the run that sees it, and the next ones. */
export async function flipRuns(assembly: Assembly, prefixes: number, runs: number): Promise<Ran[]> {
  const warmer = await ScaleWarmer.deploy(assembly);
  try {
    const blue = bareFleet("blue", prefixes, true);
    await warmer.serve(
      await warmer.publish("blue", "1", blue),
      warmSince(blue.entries, Date.now() - TOUCHED_BEFORE_MS),
    );
    const green = bareFleet("green", prefixes, true);
    const all = new Set(green.entries.map(({ fingerprint }) => fingerprint));
    await warmer.publish("green", "2", withPrompts(green, "green", all, SHARED_PROMPTS));
    const measured = [await warmer.flip("green")];
    while (measured.length < runs) measured.push(await warmer.tick());
    return measured;
  } finally {
    await warmer.stop();
  }
}

/** Enough that no two requests in flight are for one prompt; the first touch of each fills, later ones read. */
const SHARED_PROMPTS = 300;

/** Every prefix is optional, and the application used all of them in the last minute, again and again. */
export async function worstMinutes(assembly: Assembly, prefixes: number, runs: number): Promise<Ran[]> {
  const warmer = await ScaleWarmer.deploy(assembly);
  try {
    const fleet = bareFleet("optional", prefixes, false);
    const manifest = await warmer.publish("blue", "optional", fleet);
    const now = Date.now();
    const { policy } = openPolicy(CONFIG.policy, undefined);
    await warmer.serve(manifest, adoptPlans(adopted(fleet.entries, now), [], policy, now));
    await new DynamoPlan(warmer.table).write({ policy: CONFIG.policy.name, requiredPerHour: 0 });
    const measured: Ran[] = [];
    // Uses are looked for since the cycle before: the first one of all has nothing to learn.
    await warmer.tick();
    for (let run = 0; run < runs; run++) {
      await nextMinute();
      await recordUses(warmer, fleet);
      const ran = await warmer.tick();
      const { outcome, plan } = ran.report;
      if (plan?.used !== prefixes) throw new Error(`${plan?.used} uses of ${prefixes} were seen: ${outcome}`);
      measured.push(ran);
    }
    return measured;
  } finally {
    await warmer.stop();
  }
}

/** Has the provider hold the prefix, as of a touch at that instant. */
function remember(warmer: ScaleWarmer, { bodies }: Fleet, bodyDigest: string, at: number): void {
  const body = bodies.get(bodyDigest);
  const form = body === undefined ? undefined : touchForm(body);
  if (form?.kind !== "touch") throw new Error("the bench's own prompt cannot be touched");
  warmer.provider.remember(form.request, at);
}

const USES_PER_RECORD = 500;

/** As the application's recorder does it, a minute ago. */
async function recordUses(warmer: ScaleWarmer, { entries }: Fleet): Promise<void> {
  const minute = Math.floor(Date.now() / MINUTE_MS) * MINUTE_MS - MINUTE_MS;
  for (let from = 0, part = 0; from < entries.length; from += USES_PER_RECORD, part++) {
    const prefixes = entries.slice(from, from + USES_PER_RECORD).map(({ fingerprint, model }) => ({
      fingerprint,
      model,
      requests: 3,
      cold: 1,
      neither: 0,
      readTokens: 16_000,
      write5mTokens: 0,
      write1hTokens: 8_000,
      uncachedTokens: 0,
      first: 0,
      firstHits: 0,
    }));
    const Item = toUsageItem({ minute, writer: "app", part, lost: 0, prefixes });
    await warmer.table.client.send(new PutCommand({ TableName: warmer.table.name, Item }));
  }
}

function nextMinute(): Promise<void> {
  const wait = MINUTE_MS - (Date.now() % MINUTE_MS) + 1_000;
  return new Promise((resolve) => setTimeout(resolve, wait));
}

function fingerprintsOf(states: readonly { readonly fingerprint: string }[]): ReadonlySet<string> {
  return new Set(states.map(({ fingerprint }) => fingerprint));
}
