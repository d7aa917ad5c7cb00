import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Control, PrefixControl } from "../../../lib/core/control.ts";
import type { ManifestEntry } from "../../../lib/core/manifest.ts";
import type { Outcome } from "../../../lib/core/outcome.ts";
import { type PrefixState, STOP_REASONS } from "../../../lib/core/prefix-state.ts";
import type { Gate } from "../../../lib/core/release/gate.ts";
import { type GateEvidence, judgeGate } from "../../../lib/core/release/gate-judgement.ts";
import { aControl, aFilledState, anEntry, aWarmState, MINUTE, NOON } from "../samples.ts";
import { aGate } from "./samples.ts";

const FIVE = 5 * MINUTE;

const act = { reason: "looking", by: "ops", at: NOON, cause: "operator", incident: 1 } as const;
const answer = { result: "warm", reason: "1 of 1", at: NOON } as const;

/** Judges the gate on a candidate with these prefixes. */
function judged(
  prefixes: readonly (Partial<ManifestEntry> & { state?: Partial<PrefixState> })[],
  {
    gate = {},
    control = {},
    now = NOON + MINUTE,
    ...evidence
  }: Partial<Omit<GateEvidence, "control">> & {
    gate?: Partial<Gate>;
    control?: Partial<Control>;
    now?: number;
  } = {},
): Gate {
  const entries = prefixes.map(({ state: _state, ...entry }) => anEntry(entry));
  const states = prefixes.flatMap(({ state, ...entry }) => {
    const { fingerprint, name } = anEntry(entry);
    return state === undefined
      ? []
      : [[fingerprint, { ...aFilledState(), fingerprint, name, ...state }] as const];
  });
  const candidate = { color: "green", until: NOON + FIVE, gates: ["gate-1"] };
  return judgeGate(
    aGate(gate),
    {
      entries,
      states: new Map(states),
      traffic: new Map(),
      touched: new Map(),
      outcome: "warmed",
      control: aControl({ candidate, ...control }),
      ...evidence,
    },
    now,
  );
}

const WARM = { provenAt: NOON };

describe("a gate is warm", () => {
  it.each([
    { after: FIVE - 1, result: "warm" },
    { after: FIVE, result: undefined },
  ])("while its confirming read is younger than the TTL: $result after $after ms", ({ after, result }) => {
    expect(judged([{ state: WARM }], { now: NOON + after }).answer?.result).toBe(result);
  });

  it("by required prefixes alone", () => {
    const gate = judged([
      { name: "a", state: WARM },
      { name: "b", required: false },
    ]);
    expect(gate).toMatchObject({
      progress: { warm: 1, required: 1, coverage: 1 },
      answer: { result: "warm" },
    });
  });

  it("with nothing required", () => {
    expect(judged([{ required: false }]).answer?.result).toBe("warm");
  });

  it("at exactly its coverage of the predicted traffic, and not below", () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(1_000), fc.boolean()), { minLength: 1, maxLength: 6 }),
        (prompts) => {
          const weights = prompts.map(([requests]) => requests + 1);
          const all = weights.reduce((sum, weight) => sum + weight, 0);
          const proven = weights
            .filter((_weight, i) => prompts[i]?.[1])
            .reduce((sum, weight) => sum + weight, 0);
          const entries = prompts.map(([, isWarm], i) => ({ name: `p${i}`, ...(isWarm && { state: WARM }) }));
          const traffic = new Map(prompts.map(([requests], i) => [`p${i}`, requests]));
          const ask = (minCoverage: number) =>
            judged(entries, { traffic, gate: { minCoverage } }).answer?.result;
          if (proven > 0) expect(ask(proven / all)).toBe("warm");
          if (proven < all) expect(ask(proven / all + 1e-9)).toBeUndefined();
        },
      ),
    );
  });

  it("never by a prefix that is stopped, though its last read is young", () => {
    expect(judged([{ state: { ...WARM, stopped: "not_cached" } }]).answer?.result).toBe("cold");
  });
});

describe("a gate is cold at once", () => {
  it.each(STOP_REASONS)("by a required prefix that is stopped as %s", (stopped) => {
    expect(judged([{ state: { stopped } }]).answer).toMatchObject({
      result: "cold",
      reason: expect.stringMatching(/^0 of 1 required prefixes are proven warm; support: /),
    });
  });

  it("only if the rest cannot make the coverage", () => {
    const prefixes = [{ name: "a", state: { stopped: "not_cached" as const } }, { name: "b" }];
    expect(judged(prefixes, { gate: { minCoverage: 0.5 } }).answer).toBeUndefined();
    expect(judged(prefixes, { gate: { minCoverage: 0.51 } }).answer?.result).toBe("cold");
  });
});

const paused = { ...act };
const throttled = { ...act, maxFillsPerMinute: 1, nextSlotAt: NOON };
const ofSupport = (own: PrefixControl) => ({ prefixes: { support: own } });
const touched = (outcome: Outcome) => new Map([[anEntry().fingerprint, outcome]]);

describe("a gate that cannot be proven", () => {
  it.each<{ why: string; at: "once" | "deadline"; result: string; evidence: Parameters<typeof judged>[1] }>([
    { why: "the warmer is paused", at: "once", result: "inconclusive", evidence: { control: { paused } } },
    {
      why: "the prefix is paused",
      at: "once",
      result: "inconclusive",
      evidence: { control: ofSupport({ paused }) },
    },
    {
      why: "the manifest is unreadable",
      at: "once",
      result: "inconclusive",
      evidence: { entries: { unreadable: "damaged" } },
    },
    {
      why: "another candidate took its place",
      at: "once",
      result: "inconclusive",
      evidence: { control: { candidate: { color: "canary", until: NOON, gates: [] } } },
    },
    {
      why: "the warmer is throttled",
      at: "deadline",
      result: "inconclusive",
      evidence: { control: { throttled } },
    },
    {
      why: "the prefix is throttled",
      at: "deadline",
      result: "inconclusive",
      evidence: { control: ofSupport({ throttled }) },
    },
    {
      why: "the provider is busy",
      at: "deadline",
      result: "inconclusive",
      evidence: { touched: touched("transient_failure") },
    },
    {
      why: "the key is refused",
      at: "deadline",
      result: "inconclusive",
      evidence: { touched: touched("auth_failed") },
    },
    {
      why: "the live target is faulty",
      at: "deadline",
      result: "inconclusive",
      evidence: { outcome: "no_target" },
    },
    {
      why: "the last run that touched it met a busy provider",
      at: "deadline",
      result: "inconclusive",
      evidence: { gate: { progress: { warm: 0, required: 1, coverage: 0, at: NOON, hindrance: "busy" } } },
    },
    {
      why: "only a part of it is read",
      at: "deadline",
      result: "cold",
      evidence: { touched: touched("partial") },
    },
    {
      why: "the provider refuses it as invalid",
      at: "deadline",
      result: "cold",
      evidence: { touched: touched("request_refused") },
    },
    {
      why: "its run's time was over",
      at: "deadline",
      result: "cold",
      evidence: { touched: touched("deadline"), outcome: "deadline" },
    },
    { why: "nobody came to it", at: "deadline", result: "cold", evidence: {} },
  ])("because $why is $result at $at", ({ at, result, evidence }) => {
    const { deadline } = aGate();
    const before = judged([{}], { ...evidence, now: deadline - 1 });
    expect(before.answer?.result).toBe(at === "once" ? result : undefined);
    expect(judged([{}], { ...evidence, now: deadline }).answer?.result).toBe(result);
  });

  it("keeps what it saw until a run has touched the rest again", () => {
    const busy = judged([{}], { touched: touched("transient_failure") });
    expect(busy.progress?.hindrance).toMatch(/support: the provider was busy/);
    const { progress } = busy;
    expect(judged([{}], { gate: progress && { progress } }).progress?.hindrance).toBe(progress?.hindrance);
    expect(
      judged([{}], { gate: progress && { progress }, touched: touched("warmed") }).progress,
    ).not.toHaveProperty("hindrance");
  });

  it("keeps its answer, whatever comes after it", () => {
    const gate = aGate({ answer });
    expect(judged([{}], { gate: { answer }, control: { paused }, now: NOON + 99 * MINUTE })).toEqual(gate);
  });

  it("is warm all the same if it is proven, also of a paused warmer", () => {
    expect(judged([{ state: aWarmState() }], { control: { paused } }).answer?.result).toBe("warm");
  });
});

describe("the reason of an answer", () => {
  const at = aGate().deadline;
  const reasonOf = (...[prefixes, evidence]: Parameters<typeof judged>) =>
    judged(prefixes, { now: at, ...evidence }).answer?.reason;
  const none = "0 of 1 required prefixes are proven warm";

  it("counts the proven prefixes, and no more where it is warm", () => {
    expect(
      reasonOf([{ name: "a", state: aWarmState() }, { name: "b" }], {
        gate: { minCoverage: 0.5 },
        now: NOON,
      }),
    ).toBe("1 of 2 required prefixes are proven warm");
  });

  it.each<[string, Parameters<typeof judged>[1], string]>([
    ["a pause", { control: { paused } }, "the warmer is paused: looking"],
    [
      "a pause of the prefix",
      { control: ofSupport({ paused }) },
      `${none}; support: its warming is paused: looking`,
    ],
    ["a throttle", { control: { throttled } }, `${none}; the warmer is throttled: looking`],
    [
      "a throttle of the prefix",
      { control: ofSupport({ throttled }) },
      `${none}; support: its warming is throttled: looking`,
    ],
    [
      "another candidate",
      { control: { candidate: { color: "canary", until: NOON, gates: [] } } },
      "green is no candidate any more",
    ],
    ["a manifest that cannot be read", { entries: { unreadable: "damaged" } }, "damaged"],
    [
      "a part that is read",
      { touched: touched("partial") },
      `${none}; support: only a part of a prefix was read or written`,
    ],
    ["a run that failed", { outcome: "no_target" }, `${none}; the live-color parameter does not exist`],
    ["nothing that is known", {}, none],
  ])("is %s", (_what, evidence, reason) => {
    expect(reasonOf([{}], evidence)).toBe(reason);
  });

  it("is the pause of the prefix before its throttle, and the first of several prefixes", () => {
    expect(reasonOf([{}], { control: ofSupport({ paused, throttled }) })).toContain("its warming is paused");
    const prefixes = [{ name: "a" }, { name: "b", state: { stopped: "not_cached" as const } }];
    expect(reasonOf(prefixes)).toMatch(
      /^0 of 2 required prefixes are proven warm; b: the provider cached nothing/,
    );
  });

  it("is the stopped prefix, and not the pause of another one", () => {
    const prefixes = [{ name: "support" }, { name: "b", state: { stopped: "not_cached" as const } }];
    expect(judged(prefixes, { control: ofSupport({ paused }) }).answer?.result).toBe("cold");
  });

  it("leaves the pause of a prefix out that is stopped anyway", () => {
    const stopped = [{ state: { stopped: "not_cached" as const } }];
    expect(judged(stopped, { control: ofSupport({ paused }) }).answer?.result).toBe("cold");
  });
});

describe("the progress of a gate", () => {
  it("counts proven and required prefixes, and each one request more than is predicted", () => {
    const traffic = new Map([["a", 2]]);
    const { progress } = judged([{ name: "a", state: aWarmState() }, { name: "b" }], { traffic });
    expect(progress).toEqual({ warm: 1, required: 2, coverage: 0.75, at: NOON + MINUTE });
  });

  it("has no hindrance once all of it is proven, whatever happens elsewhere", () => {
    const { progress } = judged([{ state: aWarmState() }], { control: { throttled }, outcome: "no_target" });
    expect(progress).not.toHaveProperty("hindrance");
  });

  it("is not looked at where the manifest cannot be read", () => {
    expect(judged([{}], { entries: { unreadable: "damaged" } })).not.toHaveProperty("progress");
  });

  it.each<[Outcome, boolean]>([
    ["request_refused", false],
    ["deadline", false],
    ["nothing_due", false],
    ["auth_failed", true],
    ["transient_failure", true],
  ])("is hindered by a run that ended as %s: %s", (outcome, hindered) => {
    expect(judged([{}], { outcome }).progress?.hindrance !== undefined).toBe(hindered);
  });
});
