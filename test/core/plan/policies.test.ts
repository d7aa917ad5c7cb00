import { describe, expect, it } from "vitest";
import { NEVER } from "../../../lib/core/due.ts";
import { POLICY_NAMES, policyNamed } from "../../../lib/core/plan/policies.ts";
import { USUAL_TARIFF } from "../../../lib/core/plan/tariff.ts";
import { prefix, START, ticks, use } from "./ticks.ts";

/** Minutes after its only use in which a prefix is touched within so many days. */
function touched(name: string, days = 1): number[] {
  const policy = policyNamed(name);
  const state = prefix(policy);
  use(state, policy, { minute: START, wrote: state.advice });
  return ticks(state, policy, START + 1, 1440 * days).map((at) => at / 60_000 - START - 0.5);
}

describe("a policy by its name", () => {
  it.each(POLICY_NAMES)("%s is told apart from the others, and is called so", (name) => {
    expect(policyNamed(name).name).toBe(name);
  });

  it.each([
    ["always", "1h"],
    ["ski-rental", "1h"],
    ["off-1h", "1h"],
    ["off", "5m"],
    ["keepalive(2)", "5m"],
    ["cron(4m)", "5m"],
    ["cron(4)", "5m"],
    ["business-hours", "5m"],
    ["adaptive-5m", "5m"],
  ] as const)("%s advises a prefix never seen before to write %s, and one that is used too", (name, ttl) => {
    const policy = policyNamed(name);
    expect(policy.firstTtl(USUAL_TARIFF)).toBe(ttl);
    const state = prefix(policy);
    state.advice = ttl === "1h" ? "5m" : "1h";
    use(state, policy, { minute: START, wrote: ttl });
    expect(state.advice).toBe(ttl);
  });

  it.each([
    ["off", 0],
    ["off-1h", 0],
    ["keepalive(0)", 0],
    ["keepalive(2)", 2],
    ["keepalive(254)", 254],
    ["ski-rental", 11],
  ] as const)("%s sends %d keep-alives after a use, and then none", (name, count) => {
    expect(touched(name, 2)).toHaveLength(count);
  });

  it("always goes on without an end", () => {
    expect(touched("always", 20).length).toBeGreaterThan(20 * 24);
  });

  it.each([
    ["cron(1m)", 1],
    ["cron(7m)", 7],
    ["cron(1440m)", 1440],
  ] as const)("%s touches in every minute that is a multiple, used or not", (name, interval) => {
    const multiples = Array.from({ length: 1440 }, (_, i) => START + 1 + i).filter(
      (at) => at % interval === 0,
    );
    expect(touched(name).map((minute) => START + minute)).toEqual(multiples);
  });

  it("looks at a prefix again when its clock says, and never otherwise", () => {
    const cron = policyNamed("cron(7m)");
    const state = prefix(cron);
    expect(cron.reviewAfter(state, 7 * 1000)).toBe(7 * 1001);
    expect(cron.reviewAfter(state, 7 * 1000 + 6)).toBe(7 * 1001);
    expect(policyNamed("always").reviewAfter(state, START)).toBeUndefined();
    expect(policyNamed("off").clock).toBeUndefined();
    const off = policyNamed("off");
    const used = prefix(off);
    use(used, off, { minute: START, wrote: "5m" });
    expect(used.dueAt).toBe(NEVER);
  });

  it("business-hours touches every four minutes of the working day, on weekdays, UTC", () => {
    const hits = policyNamed("business-hours").clock;
    const minutesOf = (day: number, hour: number) =>
      Array.from({ length: 60 }, (_, minute) => Date.UTC(2026, 10, day, hour, minute) / 60_000).filter(
        (minute) => hits?.(minute) === true,
      ).length;
    // 2026-11-23 is a Monday.
    for (const day of [23, 24, 25, 26, 27]) {
      expect([7, 8, 12, 17, 18].map((hour) => minutesOf(day, hour))).toEqual([0, 15, 15, 15, 0]);
    }
    for (const day of [22, 28]) expect([8, 12, 17].map((hour) => minutesOf(day, hour))).toEqual([0, 0, 0]);
  });

  it.each([
    "cron(0m)",
    "cron(1441m)",
    "keepalive(255)",
    "always(2)x",
    "xalways",
    "x(4m)",
    "cron(4m)x",
    "-cron(4m)",
  ])("%s is none", (name) => {
    expect(() => policyNamed(name)).toThrow(RangeError);
  });

  it("that is unknown is quoted up to 40 characters", () => {
    expect(() => policyNamed(`${"x".repeat(40)}y`)).toThrow(`got: "${"x".repeat(40)}".`);
  });
});
