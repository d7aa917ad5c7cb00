import { PutCommand } from "@aws-sdk/lib-dynamodb";
import type { Assembly } from "../../bin/synthesize.ts";
import { MINUTE_MS } from "../../lib/core/due.ts";
import { openPolicy } from "../../lib/core/plan/fleet-plan.ts";
import { adoptPlans } from "../../lib/core/plan/plan-adopt.ts";
import { reconcile } from "../../lib/core/reconcile.ts";
import { touchForm } from "../../lib/core/touch.ts";
import { toUsageItem } from "../../lib/core/usage/usage-record.ts";
import { type Fleet, fleetOf, fleetOfShared, touchedForDueAt, warmSince } from "./fleet.ts";
import { CONFIG, type Ran, ScaleWarmer } from "./warmer.ts";

/** So many prefixes, so many of them due in a minute. */
export interface Size {
  readonly prefixes: number;
  readonly due: number;
}

/** Others fall due long after the bench. */
const TOUCHED_BEFORE_MS = 5 * MINUTE_MS;

/** A steady minute, several times: other prefixes are due each time, so their bodies are in no memory. */
export async function steadyMinutes(
  assembly: Assembly,
  { prefixes, due }: Size,
  runs: number,
): Promise<Ran[]> {
  const warmer = await ScaleWarmer.deploy(assembly);
  try {
    const fleet = fleetOf("steady", prefixes, runs * due, true);
    const manifest = await warmer.publish("blue", "steady", fleet);
    const now = Date.now();
    const states = warmSince(fleet.entries, now - TOUCHED_BEFORE_MS);
    await warmer.serve(manifest, states);
    const touched = states.filter(({ bodyDigest }) => fleet.bodies.has(bodyDigest)).sort(byFingerprint);
    const measured: Ran[] = [];
    for (let run = 0; run < runs; run++) {
      const share = touched.slice(run * due, (run + 1) * due);
      const minute = Math.floor(Date.now() / MINUTE_MS) * MINUTE_MS;
      const lastStart = touchedForDueAt(minute);
      for (const { bodyDigest } of share) remember(warmer, fleet, bodyDigest, lastStart);
      await warmer.prefixes.save(
        share.map((state) => ({ ...state, lastStart, provenAt: lastStart, dueAt: minute })),
      );
      const ran = await warmer.tick();
      const { outcome, keepAlives, fills } = ran.report;
      if (outcome !== "warmed" || fills !== 0 || (keepAlives ?? 0) < 0.99 * due)
        throw new Error(`a steady minute must read ${due} prefixes: ${JSON.stringify(ran.report)}`);
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
    const blue = fleetOf("blue", prefixes, 0, true);
    await warmer.serve(
      await warmer.publish("blue", "1", blue),
      warmSince(blue.entries, Date.now() - TOUCHED_BEFORE_MS),
    );
    await warmer.publish("green", "2", fleetOfShared("green", prefixes, 500));
    const measured = [await warmer.flip("green")];
    while (measured.length < runs) measured.push(await warmer.tick());
    return measured;
  } finally {
    await warmer.stop();
  }
}

/** Every prefix is optional, and the application used all of them in the last minute, again and again. */
export async function worstMinutes(assembly: Assembly, prefixes: number, runs: number): Promise<Ran[]> {
  const warmer = await ScaleWarmer.deploy(assembly);
  try {
    const fleet = fleetOf("optional", prefixes, 0, false);
    const manifest = await warmer.publish("blue", "optional", fleet);
    const now = Date.now();
    const { policy } = openPolicy(CONFIG.policy, undefined);
    const adopted = adoptPlans(reconcile([], fleet.entries, [], now, false), [], policy, now);
    await warmer.serve(manifest, adopted);
    await warmer.local.operator.plan.write({ policy: CONFIG.policy.name, requiredPerHour: 0 });
    const measured: Ran[] = [];
    for (let run = 0; run < runs; run++) {
      if (run > 0) await nextMinute();
      await recordUses(warmer, fleet);
      measured.push(await warmer.tick());
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

function byFingerprint(a: { readonly fingerprint: string }, b: { readonly fingerprint: string }): number {
  return a.fingerprint < b.fingerprint ? -1 : 1;
}
