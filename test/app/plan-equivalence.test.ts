import { describe, expect, it } from "vitest";
import type { Ttl } from "../../lib/core/due.ts";
import { minimumTokens } from "../../lib/core/models.ts";
import { encodePlanState } from "../../lib/core/plan/encode.ts";
import { policyNamed } from "../../lib/core/plan/policies.ts";
import { tariffOf } from "../../lib/core/plan/tariff.ts";
import { pricesFor } from "../../lib/core/prices.ts";
import { hash01 } from "../../lib/core/replay/hash.ts";
import { simulate, statesAfter } from "../../lib/core/replay/simulate.ts";
import { TraceBuilder } from "../../lib/core/replay/trace.ts";
import { MINUTE, START } from "../support/memory/world.ts";
import { PlanWorld } from "./plan-world.ts";

const SEED = 1;
const MODEL = "claude-sonnet-5-5";

/** Minutes between the requests of each prompt, by chance around its own mean. */
const GAPS: Readonly<Record<string, number>> = { busy: 3, often: 12, hourly: 50, seldom: 200, once: 1e9 };
const NAMES = Object.keys(GAPS);

/** When each prompt is asked for: instants in whole seconds, the first ones at the start. */
function asksOf(minutes: number): { readonly at: number; readonly name: string }[] {
  const asks = NAMES.flatMap((name, i) => {
    const mean = (GAPS[name] ?? 0) * 60;
    const times: number[] = [];
    for (let at = 25 + i, n = 0; at < minutes * 60; n++) {
      times.push(at);
      // Now and then several in a row.
      at += Math.ceil(-mean * Math.log(1 - hash01(SEED, i, n)) * (n % 4 === 0 ? 0.05 : 1) + 1);
    }
    return times.map((at) => ({ at: START + at * 1000, name }));
  });
  return asks.sort((a, b) => a.at - b.at);
}

/** The instant of the tick in a minute, as the simulation draws it. */
function tickAt(minute: number): number {
  return (minute * 60 + 60 * hash01(SEED, minute)) * 1000;
}

/** Lets the product run, then the simulation of the same requests, and gives what each of them sent. */
async function both(policy: string, ttl: Ttl, minutes: number) {
  const plan = await PlanWorld.live(NAMES, { policy, ttl });
  const { world } = plan;
  const asks = asksOf(minutes);
  const first = Math.floor(START / MINUTE);
  const ticks = Array.from({ length: minutes }, (_, i) => ({ at: tickAt(first + 1 + i), name: undefined }));
  for (const { at, name } of [...asks, ...ticks].sort((a, b) => a.at - b.at)) {
    if (at > (asks.at(-1)?.at ?? 0)) break;
    await world.pass(Math.floor(at) - world.now);
    if (name === undefined) await world.tick();
    else plan.ask(name);
  }

  const builder = new TraceBuilder("product");
  for (const { at, name, tokens } of plan.requests) {
    builder.row(at / 1000, plan.fingerprint(name), { tokens });
  }
  const trace = builder.finish();
  const prices = pricesFor(MODEL, START, 4_000);
  if (prices === undefined) throw new Error("no prices");
  const tariff = tariffOf(prices, minimumTokens(MODEL));
  const simulated: { at: number; name: string }[] = [];
  const nameOf = new Map(NAMES.map((name) => [plan.fingerprint(name), name]));
  const options = { tariffFor: () => tariff, seed: SEED, appTtl: ttl };
  simulate(trace, policyNamed(policy), {
    ...options,
    onDecision: ({ prefix, t, action }) => {
      if (action === "touch") simulated.push({ at: Math.floor(t * 1000), name: nameOf.get(prefix) ?? "?" });
    },
  });
  const states = statesAfter(trace, policyNamed(policy), options);
  return {
    plan,
    simulated: inOrder(simulated),
    sent: inOrder(plan.touches()),
    plans: NAMES.map((name) => world.prefixes.named(name).plan),
    simulatedPlans: NAMES.map((name) => {
      const state = states.get(plan.fingerprint(name));
      return state && Buffer.from(encodePlanState(state)).toString("base64");
    }),
  };
}

function inOrder(touches: readonly { readonly at: number; readonly name: string }[]) {
  return touches.toSorted((a, b) => a.at - b.at || (a.name < b.name ? -1 : 1));
}

describe("the warm cycle over many hours of optional prefixes", () => {
  it.each([
    ["adaptive", "5m", 720],
    ["adaptive", "1h", 1_440],
    ["keepalive(2)", "5m", 360],
    ["ski-rental", "1h", 360],
    ["always", "1h", 360],
    ["cron(7m)", "5m", 240],
    ["off", "5m", 60],
  ] as const)(
    "under %s, with prompts of %s, touches what the replay touches, and when",
    async (policy, ttl, minutes) => {
      const { sent, simulated, plans, simulatedPlans, plan } = await both(policy, ttl, minutes);
      expect(sent).toEqual(simulated);
      expect(plans).toEqual(simulatedPlans);
      expect(sent.length > 0).toBe(policy !== "off");
      expect(plan.requests.length).toBeGreaterThan(20);
    },
  );
});
