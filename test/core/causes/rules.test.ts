import { describe, expect, it } from "vitest";
import { candidatesOf } from "../../../lib/core/causes/rules.ts";
import { aWarmState, MINUTE, NOON } from "../samples.ts";
import { aFill, anEvent, confidenceIn, evidenceOf, fills, named } from "./samples.ts";

const FIRST = { reason: "first" } as const;
const CHANGED = { before: { model: aWarmState().model } };
const LONG_AGO = NOON - 60 * MINUTE;

describe("the bytes of a release", () => {
  it.each([
    { what: "that stand under new names are an onboarding", state: {}, cause: "onboarding" },
    { what: "that replace others are a large change", state: CHANGED, cause: "large_manifest_change" },
    {
      what: "of another model are a change of model",
      state: { before: { model: "claude-opus-4-7" } },
      cause: "model_change",
    },
    {
      what: "that change at equal times are a scheduled refresh",
      state: { ...CHANGED, changedAt: [NOON - 60 * MINUTE, NOON - 30 * MINUTE, NOON] },
      cause: "scheduled_refresh",
    },
  ])("$what", ({ state, cause }) => {
    expect(named(evidenceOf(fills(4, FIRST, state)))[0]).toBe(cause);
  });

  it("are of another scope if more prompts are served than are expected, and a mark is no mute", () => {
    const written = fills(8, FIRST);
    expect(named(evidenceOf(written, { expectedPrefixes: 6 }))[0]).toBe("configuration_error");
    const marked = { expectedPrefixes: 6, events: [anEvent("onboarding", NOON)] };
    expect(named(evidenceOf(written, marked))[0]).toBe("configuration_error");
    expect(named(evidenceOf(written, { expectedPrefixes: 7 }))[0]).toBe("onboarding");
  });
});

describe("entries that are gone before their TTL", () => {
  it("are evictions", () => {
    expect(candidatesOf(evidenceOf(fills(4)))).toMatchObject([
      {
        cause: "early_eviction",
        confidence: 0.85,
        evidence: [expect.stringContaining("p0, p1, p2 and 1 more"), "each of them once"],
      },
    ]);
  });

  it("since the configuration changed are its fault, unless they were touched in between", () => {
    const changed = (at: number) => evidenceOf(fills(4), { deployedAt: at });
    expect(named(changed(NOON - MINUTE))[0]).toBe("configuration_error");
    expect(named(changed(NOON - 7 * MINUTE))[0]).toBe("configuration_error");
    expect(named(changed(NOON - 7 * MINUTE - 1))).toEqual(["early_eviction"]);
  });

  it("before the configuration changed are not its fault", () => {
    const written = [aFill("early", { at: NOON - 9 * MINUTE }), ...fills(3)];
    expect(named(evidenceOf(written, { deployedAt: NOON - 2 * MINUTE }))).toEqual(["early_eviction"]);
  });

  it("while touches fail are corruption; one failure, and failures of before, are not", () => {
    const failing = (failed: number, at = NOON) =>
      named(evidenceOf(fills(4), { failures: [{ at, failed }] }))[0];
    expect(failing(2)).toBe("corruption");
    expect(failing(1)).toBe("early_eviction");
    expect(failing(9, NOON - 2 * MINUTE)).toBe("early_eviction");
  });
});

describe("writes that are never read back", () => {
  const { provenAt: _never, ...unproven } = aWarmState({ name: "loop", fingerprint: "loop" });
  const again = [0, 1, 2].map((i) => ({
    ...aFill("loop", { at: NOON + i * 1_000, reason: i === 0 ? "gone" : "again" }),
    state: unproven,
  }));

  it("are a loop, with its pace", () => {
    const [best] = candidatesOf(evidenceOf(again));
    expect(best).toMatchObject({ cause: "warmer_loop", confidence: 0.95 });
    expect(best?.evidence).toContain("at a pace of 60.0 writes a minute");
  });

  it("are none once a read has found the second one", () => {
    const read = again.slice(0, 2).map((fill) => ({ ...fill, state: aWarmState() }));
    expect(named(evidenceOf(read))).toEqual(["early_eviction"]);
  });

  it("stay a loop when the write that stops it is counted as a failed touch", () => {
    const stopped = { ...unproven, stopped: "warmer_loop" as const };
    const written = again.map((fill) => ({ ...fill, state: stopped }));
    const [best] = candidatesOf(evidenceOf(written, { failures: [{ at: NOON, failed: 1 }] }));
    expect(best?.cause).toBe("warmer_loop");
    expect(best?.evidence).toContain("1 prompt is stopped for it");
  });
});

describe("entries whose TTL was over", () => {
  const late = fills(4, { reason: "expired" });

  it("ran out because nobody came", () => {
    expect(named(evidenceOf(late))).toEqual(["expired"]);
  });

  it("since a deploy are its fault, but not after a resume or an outage", () => {
    const deployed = { deployedAt: NOON - 10 * MINUTE };
    expect(named(evidenceOf(late, deployed))[0]).toBe("configuration_error");
    expect(named(evidenceOf(late, { ...deployed, resumedAt: NOON }))).toEqual(["expired"]);
    const failures = [3, 2, 1].map((ago) => ({ at: NOON - ago * MINUTE, failed: 4 }));
    expect(named(evidenceOf(late, { ...deployed, failures }))).toEqual(["expired"]);
  });
});

describe("what a write costs and is granted", () => {
  const paid = (cost: number) => ({ recentFills: [`${LONG_AGO} first 5m 1000 ${cost}`] });

  it("is another price from an eighth more on, and of two patterns that fit both are named", () => {
    expect(named(evidenceOf(fills(4, {}, paid(500))))).toEqual(["price_change", "early_eviction"]);
    expect(named(evidenceOf(fills(4, {}, paid(893))))).toEqual(["early_eviction"]);
    expect(named(evidenceOf(fills(4, {}, paid(892))))[0]).toBe("price_change");
  });

  it("is no other price if the TTL or the model was another one, or nobody knows", () => {
    const ofHour = { recentFills: [`${LONG_AGO} first 1h 1000 500`] };
    expect(named(evidenceOf(fills(4, {}, ofHour)))).toEqual(["early_eviction"]);
    const moved = { before: { model: "claude-opus-4-8", fill: `${LONG_AGO} first 5m 1000 500` } };
    expect(named(evidenceOf(fills(4, FIRST, moved)))).toEqual(["model_change"]);
    expect(named(evidenceOf(fills(4)))).toEqual(["early_eviction"]);
  });

  it("is downgraded if 1h was asked for and 5m written", () => {
    expect(named(evidenceOf(fills(4, FIRST, { ...CHANGED, ttl: "1h" })))).toEqual([
      "ttl_downgraded",
      "large_manifest_change",
    ]);
    expect(named(evidenceOf(fills(4, { ...FIRST, ttl: "1h" }, { ...CHANGED, ttl: "1h" })))).toEqual([
      "large_manifest_change",
    ]);
  });
});

describe("an application whose bytes are no published ones", () => {
  const sends = (requests: number, unlisted: number) =>
    named(evidenceOf([], { application: { requests, unlisted, cold: unlisted } }))[0];

  it("misses if ten requests tell, and three of ten are unlisted", () => {
    expect(sends(10, 3)).toBe("organic_miss");
    expect(sends(10, 2)).toBe("unknown");
    expect(sends(9, 9)).toBe("unknown");
  });
});

describe("several patterns that fit", () => {
  const third = (reason: "first" | "gone" | "expired", name: string, cost: number) =>
    aFill(name, { reason, cost }, reason === "first" ? CHANGED : {});
  const ofThree = (gone: number, late: number, changed: number) =>
    candidatesOf(
      evidenceOf([third("gone", "a", gone), third("expired", "b", late), third("first", "c", changed)]),
    );

  it("are named best first, whatever their order in the list of rules", () => {
    expect(ofThree(250, 450, 300).map(({ cause }) => cause)).toEqual([
      "expired",
      "large_manifest_change",
      "early_eviction",
    ]);
  });

  it("leave a part unknown where the best two together are sure to less than a half", () => {
    const used = (share: number) => ({ application: { requests: 100, unlisted: 100 * share, cold: 0 } });
    const little = evidenceOf(fills(1), { liveCost: 1_000 / 0.375 / 0.4, ...used(0) });
    expect(candidatesOf(little).map(({ cause, confidence }) => [cause, confidence])).toEqual([
      ["unknown", 0.66],
      ["early_eviction", 0.34],
    ]);
  });

  it("explain all of it from a half on", () => {
    const sure = (cost: number) => candidatesOf(evidenceOf(fills(1, { cost }), { cost: 1_700 }));
    expect(sure(1_000).map(({ confidence }) => confidence)).toEqual([0.5]);
    expect(sure(979).map(({ cause }) => cause)).toEqual(["unknown", "early_eviction"]);
  });
});

describe("what no pattern explains", () => {
  it("is unknown, with what is known all the same", () => {
    expect(candidatesOf(evidenceOf([], { failures: [{ at: NOON, failed: 3 }] }))).toMatchObject([
      {
        cause: "unknown",
        confidence: 1,
        evidence: ["nothing was written in these minutes", "3 touches failed"],
        next: ["warmer status", "warmer doctor"],
      },
    ]);
    expect(candidatesOf(evidenceOf([], { failures: [{ at: NOON, failed: 1 }] }))[0]?.evidence[1]).toBe(
      "1 touch failed",
    );
    expect(candidatesOf(evidenceOf([]))[0]?.evidence).toEqual(["nothing was written in these minutes"]);
  });

  it("is most of it if little was written: less than a spike needs explains little", () => {
    const small = (liveCost: number) => evidenceOf(fills(1, FIRST, CHANGED), { liveCost });
    expect(named(small(2_600))).toEqual(["large_manifest_change"]);
    expect(named(small(10_000))).toEqual(["unknown", "large_manifest_change"]);
    expect(candidatesOf(small(10_000))[0]).toMatchObject({
      confidence: 0.76,
      evidence: ["1 write matches no pattern, or several in equal parts"],
    });
    expect(confidenceIn("large_manifest_change", small(0))).toBe(0.9);
  });
});
