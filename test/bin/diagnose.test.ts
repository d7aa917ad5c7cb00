import { expect, it } from "vitest";
import { diagnosisText } from "../../bin/commands/diagnose.ts";
import { anEvent } from "../core/causes/samples.ts";
import { MINUTE, NOON } from "../core/samples.ts";

it("a diagnosis is printed with its window, its money, what is known, and each pattern with what to type", () => {
  const text = diagnosisText({
    from: NOON - 15 * MINUTE,
    to: NOON,
    fillCost: 41_000,
    fills: 6,
    unexpected: 6,
    failed: 0,
    events: [{ ...anEvent("flip", NOON - 4 * MINUTE), color: "green" }],
    candidates: [
      { cause: "early_eviction", confidence: 0.85, evidence: ["each of them once"], next: ["warmer status"] },
    ],
  });
  expect(text.split("\n")).toEqual([
    "window       2026-11-21T11:45:00.000Z to 2026-11-21T12:00:00.000Z",
    "fill cost    $0.0410; 6 fills, 6 of them where a read was due; 0 touches failed",
    "known        a flip to green started 4 minutes before",
    "cause        early_eviction (85 %): the provider dropped entries before their TTL",
    "  evidence   each of them once",
    "  next       warmer status",
  ]);
});
