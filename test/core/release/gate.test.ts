import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  gateIdFault,
  gateRequestFault,
  isPending,
  letsPass,
  MAX_GATE_MS,
  parseGate,
} from "../../../lib/core/release/gate.ts";
import { MINUTE, NOON } from "../samples.ts";
import { aGate } from "./samples.ts";

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
