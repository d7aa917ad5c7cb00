/** What goes wrong in the warmer's surroundings, in the provider, or in the configuration. */
import { PRICE_TABLE, type PriceRow, pricesFor } from "../../lib/core/prices.ts";
import { MINUTE, SECOND } from "../../test/support/memory/world.ts";
import { withText } from "./application.ts";
import type { Case } from "./cases.ts";
import { newRoles } from "./normal.ts";
import { type Role, rewritten, type Stage } from "./stage.ts";

/** The rows of a test are taken out again when its world ends. */
export const PRICE_ROWS = PRICE_TABLE as PriceRow[];

const WARMER = { caller: "warmer", endpoint: "messages" } as const;

/** A proxy that puts something new before the system prompt of some prompts, at every request. */
function stampRequests(stage: Stage, roles: readonly Role[]): void {
  const { provider } = stage.world;
  const answer = provider.answer.bind(provider);
  const words = roles.map((role) => `for the ${role.words} desk`);
  let stamps = 0;
  provider.answer = (request) => {
    const text = String(request.body);
    if (!words.some((some) => text.includes(some)) || !request.path.endsWith("/messages"))
      return answer(request);
    const stamped = withText(JSON.parse(text), `Request ${++stamps}. `);
    return answer({ ...request, body: Buffer.from(JSON.stringify(stamped)) });
  };
}

/** The provider keeps nothing for longer than a second. */
function keepNothing(stage: Stage): void {
  const { provider } = stage.world;
  const answer = provider.answer.bind(provider);
  provider.answer = (request) => {
    const at = Number(request.headers["x-virtual-time"]);
    provider.faults.add({ kind: "evict", at });
    return answer(request);
  };
}

function evictAt(stage: Stage, at: number): void {
  stage.world.provider.faults.add({ kind: "evict", at });
}

/** Prices of the stage's model from the next UTC day on. */
function raisePrices(factor: number): void {
  const model = "claude-sonnet-5-5";
  const list = pricesFor(model, Date.UTC(2026, 10, 20), 0);
  if (list === undefined) throw new RangeError(`no price for ${model}`);
  const prices = Object.fromEntries(
    Object.entries(list).map(([what, price]) => [what, Math.round(price * factor)]),
  ) as unknown as PriceRow["prices"];
  PRICE_ROWS.push({ model, from: "2026-11-21", abovePromptTokens: -1, prices, source: "a test" });
}

/** Twenty-odd minutes to midnight: the quiet time ends in the new day. */
const BEFORE_MIDNIGHT = Date.UTC(2026, 10, 20, 23, 41);

const MODELS = ["claude-sonnet-5", "claude-opus-5-5", "claude-sonnet-4-6", "claude-opus-4-8"];

const moved = (stage: Stage, role: Role): Role => ({ ...role, model: stage.pick("model", MODELS) });

export const ABNORMAL: readonly Case[] = [
  {
    truth: ["warmer_loop"],
    variant: "a proxy stamps requests",
    options: { ttl: "mixed" },
    strengths: { seen: [0.4, 0.7, 1], unseen: [0.5, 0.85] },
    onset: (stage, strength) => {
      // Mostly 5m: a 1h prompt comes due too late to be part of the spike.
      const due = stage.roles.filter(({ ttl }) => ttl === "5m");
      const candidates = due.length >= 2 ? due : stage.roles;
      stampRequests(stage, candidates.slice(0, Math.max(2, Math.ceil(strength * candidates.length))));
    },
  },
  {
    truth: ["warmer_loop"],
    variant: "the provider keeps nothing",
    strengths: { seen: [1], unseen: [1] },
    onset: keepNothing,
  },
  {
    truth: ["warmer_loop"],
    variant: "behind a marked onboarding",
    strengths: { seen: [1, 1.5], unseen: [0.8, 2] },
    onset: async (stage, strength) => {
      const added = newRoles(stage, Math.ceil(strength * stage.roles.length), "service");
      stage.configure({ expected: { ...stage.world.config.expected, prefixes: 40 } });
      await stage.mark("onboarding");
      stampRequests(stage, added);
      await stage.release([...stage.roles, ...added]);
    },
  },
  {
    truth: ["early_eviction"],
    variant: "once",
    options: { prompts: 6 },
    strengths: { seen: [0], unseen: [0] },
    onset: (stage) => evictAt(stage, stage.now + Math.floor(stage.roll("evicted") * 60) * SECOND),
  },
  {
    truth: ["early_eviction"],
    variant: "again and again",
    options: { ttl: "mixed", prompts: 7 },
    strengths: { seen: [6, 9], unseen: [5, 7] },
    onset: (stage) => evictAt(stage, stage.now + 10 * SECOND),
    minute: (stage, every, minute) => {
      if (minute > 0 && minute % every === 0)
        evictAt(stage, stage.now + Math.floor(stage.roll(`evicted ${minute}`) * 50) * SECOND);
    },
  },
  {
    truth: ["corruption"],
    variant: "entries vanish and touches fail",
    strengths: { seen: [0.3, 0.45, 0.6], unseen: [0.25, 0.5] },
    onset: (stage, probability) => {
      const kind = stage.pick("error", ["overloaded", "server_error", "gateway_timeout"] as const);
      stage.world.provider.faults.add({ ...WARMER, kind, probability, when: { from: stage.now } });
    },
    minute: (stage, _probability, minute) => {
      if (stage.roll(`vanishes ${minute}`) < 0.6) evictAt(stage, stage.now + 30 * SECOND);
    },
  },
  {
    truth: ["configuration_error"],
    variant: "the key of another workspace",
    options: { prompts: 6 },
    strengths: { seen: [0], unseen: [0] },
    onset: (stage) => {
      stage.configure({ apiKeyParameter: "/support/test/another-key" });
      stage.world.apiKey = "sk-other";
    },
  },
  {
    truth: ["configuration_error"],
    variant: "a schedule that is too slow",
    options: { prompts: 6 },
    strengths: { seen: [7, 9], unseen: [6, 8] },
    onset: (stage, every) => {
      stage.code = "code-2";
      const from = Math.floor(stage.now / MINUTE);
      stage.ticks = () => (Math.floor(stage.now / MINUTE) - from) % every === 1;
    },
  },
  {
    truth: ["configuration_error"],
    variant: "all tenants instead of one",
    strengths: { seen: [2, 3], unseen: [1.5, 4] },
    onset: async (stage, strength) => {
      const added = newRoles(stage, Math.ceil(strength * stage.roles.length), "tenant");
      await stage.release([...stage.roles, ...added]);
    },
  },
  {
    truth: ["model_change"],
    variant: "in place",
    options: { ttl: "mixed" },
    strengths: { seen: [1], unseen: [0.8] },
    onset: (stage, share) => stage.change(stage.some(share, 3).map((role) => moved(stage, role))),
  },
  {
    truth: ["model_change"],
    variant: "with the flip",
    strengths: { seen: [1], unseen: [0.8] },
    onset: async (stage, share) => {
      if (stage.roll("marked") < 0.5) await stage.mark("model-change");
      await stage.change(
        stage.some(share, 3).map((role) => moved(stage, role)),
        "green",
      );
      await stage.world.flip("green");
    },
  },
  {
    truth: ["price_change", "large_manifest_change"],
    variant: "another price list, and a release",
    options: { startAt: BEFORE_MIDNIGHT },
    strengths: { seen: [1.6, 2.5], unseen: [1.3, 4] },
    before: (_stage, factor) => raisePrices(factor),
    onset: (stage) => stage.change(stage.some(0.8, 3).map((role) => rewritten(role, "the release"))),
  },
  {
    truth: ["price_change", "large_manifest_change"],
    variant: "a release in fast mode",
    options: { model: "claude-opus-5" },
    strengths: { seen: [0.8, 1], unseen: [0.7] },
    onset: (stage, share) =>
      stage.change(stage.some(share, 3).map((role) => ({ ...role, extra: { speed: "fast" } }))),
  },
  {
    truth: ["price_change", "early_eviction"],
    variant: "another price list, and an eviction",
    options: { startAt: BEFORE_MIDNIGHT, prompts: 6 },
    strengths: { seen: [1.6, 2.5], unseen: [1.3, 4] },
    before: (_stage, factor) => raisePrices(factor),
    onset: (stage) => evictAt(stage, stage.now + 10 * SECOND),
  },
  {
    truth: ["ttl_downgraded", "large_manifest_change"],
    variant: "with a release",
    options: { ttl: "1h" },
    strengths: { seen: [0.8, 1], unseen: [0.7] },
    onset: async (stage, share) => {
      stage.world.provider.faults.add({ ...WARMER, kind: "ttl_downgraded", when: { from: stage.now } });
      await stage.change(stage.some(share, 3).map((role) => rewritten(role, "the release")));
    },
  },
  {
    truth: ["ttl_downgraded", "onboarding"],
    variant: "with new prompts",
    options: { ttl: "1h" },
    strengths: { seen: [1.5, 2.5], unseen: [2, 3] },
    onset: async (stage, share) => {
      stage.world.provider.faults.add({ ...WARMER, kind: "ttl_downgraded", when: { from: stage.now } });
      stage.configure({ expected: { ...stage.world.config.expected, prefixes: 40 } });
      await stage.release([
        ...stage.roles,
        ...newRoles(stage, Math.ceil(share * stage.roles.length), "service"),
      ]);
    },
  },
  {
    truth: ["early_eviction", "large_manifest_change"],
    variant: "at the same time",
    options: { prompts: 8 },
    strengths: { seen: [0.5], unseen: [0.4] },
    onset: async (stage, share) => {
      evictAt(stage, stage.now + SECOND);
      await stage.change(stage.some(share, 3).map((role) => rewritten(role, "the release")));
    },
    heard: "asked",
  },
  {
    truth: ["organic_miss"],
    variant: "a date in the application's prompt",
    options: { traffic: true },
    strengths: { seen: [1], unseen: [0.8] },
    onset: (stage, share) => {
      stage.application.bytesOf = ({ body }, request) =>
        stage.roll(`dated ${request}`) < share ? withText(body, `Today is request ${request}. `) : body;
    },
    heard: "organic",
  },
  {
    truth: ["organic_miss"],
    variant: "a release that nobody published",
    options: { traffic: true, prompts: 5 },
    strengths: { seen: [1], unseen: [0.85] },
    onset: (stage, share) => {
      stage.application.bytesOf = ({ body }, request) =>
        stage.roll(`released ${request}`) < share ? withText(body, "You are the new release. ") : body;
    },
    heard: "asked",
  },
  {
    truth: ["unknown"],
    variant: "replies without usage",
    strengths: { seen: [0.7, 1], unseen: [0.85] },
    onset: (stage, probability) => {
      const fault = { ...WARMER, kind: "missing_usage", probability, when: { from: stage.now } } as const;
      stage.world.provider.faults.add(fault);
    },
    heard: "asked",
  },
];
