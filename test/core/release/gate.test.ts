import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Control, PrefixControl } from "../../../lib/core/control.ts";
import type { ManifestEntry } from "../../../lib/core/manifest.ts";
import type { Outcome } from "../../../lib/core/outcome.ts";
import { type PrefixState, STOP_REASONS } from "../../../lib/core/prefix-state.ts";
import {
  type Gate,
  gateIdFault,
  gateRequestFault,
  isPending,
  letsPass,
  MAX_GATE_MS,
  parseGate,
} from "../../../lib/core/release/gate.ts";
import { type GateEvidence, judgeGate } from "../../../lib/core/release/gate-judgement.ts";
import { aControl, aFilledState, anEntry, aWarmState, MINUTE, NOON } from "../samples.ts";

const FIVE = 5 * MINUTE;

function aGate(fields: Partial<Gate> = {}): Gate {
  return {
    id: "gate-1",
    color: "green",
    minCoverage: 1,
    failDeployment: false,
    openedAt: NOON,
    openedBy: "test",
    deadline: NOON + 10 * MINUTE,
    ...fields,
  };
}

const act = { reason: "looking", by: "ops", at: NOON, cause: "operator", incident: 1 } as const;
const answer = { result: "warm", reason: "1 of 1", at: NOON } as const;

describe("a stored gate", () => {
  const full = aGate({
    callback: { deploymentId: "d", hookExecutionId: "h" },
    progress: { warm: 1, required: 2, coverage: 0.5, at: NOON, hindrance: "busy" },
    answer,
    calledBackAt: NOON + 1,
  });

  it.each([
    ["new", aGate()],
    ["full", full],
  ])("is read back as it was: %s", (_what, gate) => {
    expect(parseGate(JSON.parse(JSON.stringify(gate)))).toEqual(gate);
  });

  it.each([
    ["gate", undefined],
    ["gate", "gate"],
    ["id", { ...full, id: "" }],
    ["id", { ...full, id: "x".repeat(49) }],
    ["minCoverage", { ...full, minCoverage: 1.01 }],
    ["deadline", { ...full, deadline: "soon" }],
    ["answer.result", { ...full, answer: { ...answer, result: "lukewarm" } }],
    ["progress.coverage", { ...full, progress: { ...full.progress, coverage: -0.1 } }],
  ])("that is damaged is told by its first wrong field, %s", (field, value) => {
    expect(parseGate(value)).toMatch(new RegExp(`^${field} \\S`));
  });

  it("is never an exception, whatever stands in the table", () => {
    fc.assert(
      fc.property(fc.anything(), (value) => {
        expect(typeof parseGate(value)).toBe("string");
      }),
    );
  });
});

describe("a request for a gate", () => {
  const request = { color: "green", minCoverage: 1, timeoutMs: MINUTE, failDeployment: false };
  const colors = ["blue", "green"];

  it.each([
    { minCoverage: Number.MIN_VALUE },
    { minCoverage: 1 },
    { timeoutMs: 1_000 },
    { timeoutMs: MAX_GATE_MS },
  ])("of %j is taken", (fields) => {
    expect(gateRequestFault({ ...request, ...fields }, colors)).toBeUndefined();
  });

  it.each([
    [{ color: "purple" }, /^color must be one of blue, green, got "purple"$/],
    [{ minCoverage: 0 }, /^minCoverage must be above 0 and at most 1, got 0$/],
    [{ minCoverage: 1.000001 }, /^minCoverage/],
    [{ minCoverage: Number.NaN }, /^minCoverage/],
    [{ timeoutMs: 999 }, /^timeout must be 1 to 3600 seconds, got 0.999$/],
    [{ timeoutMs: MAX_GATE_MS + 1 }, /^timeout/],
    [{ timeoutMs: Number.POSITIVE_INFINITY }, /^timeout/],
  ])("of %j is refused", (fields, says) => {
    expect(gateRequestFault({ ...request, ...fields }, colors)).toMatch(says);
  });

  it("has an id that can be read back", () => {
    expect(gateIdFault("codedeploy-0123456789abcdef0123456789abcdef")).toBeUndefined();
    expect(gateIdFault("x".repeat(48))).toBeUndefined();
    for (const id of ["", "x".repeat(49), "a b", "-a", "ä"]) expect(gateIdFault(id)).toMatch(/id must be/);
  });
});

describe("an answered gate", () => {
  const callback = { deploymentId: "d", hookExecutionId: "h" };

  it.each([
    { result: "warm", failDeployment: false, passes: true },
    { result: "warm", failDeployment: true, passes: true },
    { result: "cold", failDeployment: false, passes: false },
    { result: "cold", failDeployment: true, passes: false },
    { result: "inconclusive", failDeployment: false, passes: true },
    { result: "inconclusive", failDeployment: true, passes: false },
  ] as const)(
    "$result, strict: $failDeployment, lets the release pass: $passes",
    ({ result, failDeployment, passes }) => {
      expect(letsPass(aGate({ failDeployment, answer: { ...answer, result } }))).toBe(passes);
    },
  );

  it("without an answer lets nothing pass", () => {
    expect(letsPass(aGate())).toBe(false);
  });

  it("is pending until whoever waits for it was told", () => {
    expect(isPending(aGate())).toBe(true);
    expect(isPending(aGate({ answer }))).toBe(false);
    expect(isPending(aGate({ answer, callback }))).toBe(true);
    expect(isPending(aGate({ answer, callback, calledBackAt: NOON }))).toBe(false);
  });
});

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
