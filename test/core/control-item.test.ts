import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Control } from "../../lib/core/control.ts";
import { parseControl, toControlItem } from "../../lib/core/control-item.ts";
import { isAllowed, pause, pausePrefix, restartPrefix, throttle } from "../../lib/core/control-state.ts";
import { MAX_IN_FLIGHT } from "../../lib/core/ledger.ts";
import { tell } from "../../lib/core/news.ts";
import { aControl, NOON } from "./samples.ts";

const RUN = "c4c1c1c9-6542-e61b-6ef0-8c4d36933a92";
const act = { reason: "Threshold Crossed: 1 datapoint", by: "HourlySpend", at: NOON } as const;

/** A control item with everything in it that may stand in one, and 64 reservations. */
function aFullControl(): Control {
  const spent = {
    spent: 999_999_999_999,
    fillCost: 999_999_999_999,
    refused: 999_999_999,
    allowance: 999_999_999,
  };
  const { ledger } = aControl();
  const control = aControl({
    generation: 123_456,
    ledger: {
      hour: { ...ledger.hour, ...spent },
      day: { ...ledger.day, ...spent },
      inFlight: Array.from({ length: MAX_IN_FLIGHT }, (_, i) => ({
        id: `${RUN.slice(0, 13)}.${100 + i}`,
        amount: 987_654_321,
        hourKey: ledger.hour.key,
        dayKey: ledger.day.key,
        at: NOON + 123,
      })),
      minutes: Array.from({ length: 16 }, (_, i) => ({
        minute: Math.floor(NOON / 60_000) - 15 + i,
        fillCost: 999_999_999,
        fills: 10_000,
        unexpected: 10_000,
        failed: 10_000,
      })),
      closed: Array.from({ length: 6 }, (_, i) => ({
        hour: ledger.hour.key - 6 + i,
        fillCost: 999_999_999_999,
        spent: 999_999_999_999,
      })),
    },
    lastResume: { by: "b".repeat(80), reason: "r".repeat(100), at: NOON },
    drill: { requestedAt: NOON, heardByAction: NOON, heardByRule: NOON },
    lease: { owner: RUN, until: NOON + 120_000 },
    serving: {
      color: "c".repeat(32),
      digest: "d".repeat(64),
      release: "r".repeat(64),
      parameterVersion: 12_345,
      since: NOON,
      prefixes: 10_000,
      required: 10_000,
      beside: [
        { color: "p".repeat(32), digest: "e".repeat(16) },
        { color: "n".repeat(32), digest: "f".repeat(16) },
      ],
    },
    previous: { color: "p".repeat(32), digest: "d", until: NOON + 1_800_000 },
    candidate: {
      color: "n".repeat(32),
      until: NOON + 3_600_000,
      gates: Array.from({ length: 4 }, (_, i) => `${i}`.padEnd(48, "g")),
    },
    flip: {
      from: "p".repeat(32),
      to: "c".repeat(32),
      version: 12_345,
      at: NOON,
      release: "r".repeat(64),
      provenAt: NOON + 5_000,
      told: true,
      measured: true,
      expectedCost: 999_999_999_999,
      organicBefore: 0.123_456_789_012_345,
    },
    deployed: {
      config: "c".repeat(12),
      code: "d".repeat(12),
      since: NOON + 1,
      changed: ["configuration", "stack-update"],
    },
    lastCycle: { startedAt: NOON, finishedAt: NOON + 1, outcome: "provider_spend_limit" },
    recentEvents: Array.from({ length: 8 }, () => RUN),
  });
  // Three bytes a character: what is kept of a text is counted in bytes.
  const wordy = { by: "€".repeat(500), reason: "€".repeat(500), cause: "operator", at: NOON } as const;
  const talkedOf = Array.from({ length: 9 }, (_, i) => i).reduce<Control>(
    (before, i) => tell(before, { at: NOON + i, subject: "s".repeat(200), message: "€".repeat(2_000) }),
    control,
  );
  const held = ["a", "b", "c"].reduce<Control>((before, letter) => {
    const next = pausePrefix(before, letter.repeat(48), wordy);
    const restarted = isAllowed(next)
      ? restartPrefix(next, letter.repeat(48), { by: wordy.by, reason: wordy.reason, at: NOON })
      : next;
    return isAllowed(restarted) ? restarted : before;
  }, talkedOf);
  const slower = throttle(held, { ...wordy, maxFillsPerMinute: 10, nextSlotAt: NOON });
  return pause(slower, { ...wordy, cause: "spend_alarm", alarm: "HourlySpend" });
}

/** As DynamoDB counts it: developer guide, "Item sizes and formats", read 2026-11-21. */
function itemBytes(value: unknown): number {
  if (typeof value === "string") return Buffer.byteLength(value);
  if (typeof value === "number") return Math.ceil(String(Math.abs(value)).replace(/0+$/, "").length / 2) + 1;
  if (typeof value !== "object" || value === null) return 1;
  const members = Object.entries(value).map(
    ([key, member]) => (Array.isArray(value) ? 0 : Buffer.byteLength(key)) + itemBytes(member) + 1,
  );
  return 3 + members.reduce((sum, bytes) => sum + bytes, 0);
}

const stored = (control: Control): unknown => JSON.parse(JSON.stringify(toControlItem(control)));

describe("the stored control item", () => {
  it.each([
    ["new", aControl()],
    ["full", aFullControl()],
  ])("is read back as it was: %s", (_what, control) => {
    expect(parseControl(stored(control))).toEqual(control);
  });

  it("is read back whatever is in flight", () => {
    const count = fc.nat(Number.MAX_SAFE_INTEGER);
    const id = fc.stringMatching(/^[A-Za-z0-9.:_-]{1,60}$/);
    const reservation = fc.record({ id, amount: count, hourKey: fc.nat(), dayKey: fc.nat(), at: count });
    fc.assert(
      fc.property(fc.array(reservation, { maxLength: MAX_IN_FLIGHT }), (inFlight) => {
        const control = aControl({ ledger: { ...aControl().ledger, inFlight } });
        expect(parseControl(stored(control))).toEqual(control);
      }),
    );
  });

  it("with everything in it that may stand in one stays below 8 KB", () => {
    expect(
      itemBytes({
        pk: "control",
        sk: "control",
        schema: 1,
        revision: `${RUN}.99`,
        control: stored(aFullControl()),
      }),
    ).toBeLessThan(8 * 1024);
  });
});

describe("a damaged control item", () => {
  const full = stored(aFullControl()) as Record<string, unknown>;
  const ledger = full["ledger"] as { hour: object; day: object };

  it.each([
    ["control", undefined],
    ["control", null],
    ["control", "control"],
    ["control", []],
    ["createdAt", {}],
    ["generation", { ...full, generation: "1" }],
    ["generation", { ...full, generation: -1 }],
    ["generation", { ...full, generation: 1.5 }],
    ["ledger", { ...full, ledger: undefined }],
    ["ledger.hour", { ...full, ledger: { ...ledger, hour: undefined } }],
    ["ledger.hour.spent", { ...full, ledger: { ...ledger, hour: { ...ledger.hour, spent: "0" } } }],
    ["ledger.hour.spent", { ...full, ledger: { ...ledger, hour: { ...ledger.hour, spent: 0.5 } } }],
    ["ledger.hour.spent", { ...full, ledger: { ...ledger, hour: { ...ledger.hour, spent: Number.NaN } } }],
    ["ledger.hour.spent", { ...full, ledger: { ...ledger, hour: { ...ledger.hour, spent: -1 } } }],
    ["ledger.day.spent", { ...full, ledger: { ...ledger, day: { ...ledger.day, spent: 1e300 } } }],
    ["ledger.day.refused", { ...full, ledger: { ...ledger, day: { ...ledger.day, refused: -1 } } }],
    ["ledger.day.allowance", { ...full, ledger: { ...ledger, day: { ...ledger.day, allowance: -1 } } }],
    ["ledger.inFlight", { ...full, ledger: { ...ledger, inFlight: {} } }],
    ["ledger.inFlight.0", { ...full, ledger: { ...ledger, inFlight: ["a -5 1 1 1"] } }],
    ["ledger.inFlight.0", { ...full, ledger: { ...ledger, inFlight: ["a 5 1 1"] } }],
    ["ledger.inFlight.1", { ...full, ledger: { ...ledger, inFlight: ["a 5 1 1 1", 5] } }],
    ["paused.cause", { ...full, paused: { ...act, incident: 1, cause: "mood" } }],
    ["paused.reason", { ...full, paused: { by: "x", at: 1, incident: 1, cause: "operator" } }],
    [
      "throttled.maxFillsPerMinute",
      { ...full, throttled: { ...act, incident: 1, cause: "operator", maxFillsPerMinute: 0, nextSlotAt: 1 } },
    ],
    ["lease.until", { ...full, lease: { owner: "x", until: "soon" } }],
    ["lastCycle.outcome", { ...full, lastCycle: { startedAt: 1, finishedAt: 2, outcome: "fine" } }],
    ["recentEvents", { ...full, recentEvents: "none" }],
  ])("is told by its first wrong field, %s, and never used", (field, value) => {
    const result = parseControl(value);
    expect(typeof result).toBe("string");
    expect(result).toMatch(new RegExp(`^${field} \\S`));
  });

  it("is never an exception, whatever stands in the table", () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.anything(), fc.record({ createdAt: fc.anything(), ledger: fc.anything() })),
        (value) => {
          expect(typeof parseControl(value)).toBe("string");
        },
      ),
    );
  });
});

describe("every field of a control item", () => {
  type Path = readonly (string | number)[];

  /** What a value becomes when only the part at a path is another. */
  function replaced(value: unknown, [key, ...rest]: Path, by: unknown): unknown {
    if (key === undefined) return by;
    const holder = value as Record<string | number, unknown>;
    const copy: Record<string | number, unknown> | unknown[] = Array.isArray(value)
      ? [...value]
      : { ...holder };
    (copy as Record<string | number, unknown>)[key] = replaced(holder[key], rest, by);
    return copy;
  }

  /** The paths of all texts, numbers and truth values. */
  function leavesOf(value: unknown, path: Path = []): Path[] {
    return typeof value === "object" && value !== null
      ? Object.entries(value).flatMap(([key, inner]) => leavesOf(inner, [...path, key]))
      : [path];
  }

  const item = stored(aFullControl());
  const paths = leavesOf(item);

  it("is checked: another kind of value in its place is told by its name", () => {
    expect(paths.length).toBeGreaterThan(100);
    for (const path of paths) {
      const damaged = parseControl(replaced(item, path, { of: "another kind" }));
      expect(damaged).toMatch(new RegExp(`^${path.join("\\.")} \\S`));
    }
  });

  it("that counts or dates cannot be negative", () => {
    for (const path of paths) {
      const value = path.reduce<unknown>((at, key) => (at as Record<string | number, unknown>)[key], item);
      if (typeof value !== "number") continue;
      expect(parseControl(replaced(item, path, -1))).toMatch(new RegExp(`^${path.join("\\.")} \\S`));
    }
  });

  it.each(["limit_hour", "limit_day", "absolute_max", "provider_spend_limit", "operator", "spend_alarm"])(
    "takes %s for a cause",
    (cause) => {
      const paused = { ...act, incident: 1, cause };
      expect(parseControl({ ...(item as object), paused })).toMatchObject({ paused });
    },
  );

  it.each(["paused", "throttled", "limit_met", "resumed"])("takes %s for a kind of notice", (kind) => {
    const outbox = [{ ...act, incident: 1, kind, cause: "operator", hourSpent: 1, daySpent: 2 }];
    expect(parseControl({ ...(item as object), outbox })).toMatchObject({ outbox });
  });

  it.each([
    [0, true],
    [1, true],
    [1.000_001, false],
  ])("takes an organic hit rate of %d: %s", (organicBefore, taken) => {
    const changed = replaced(item, ["flip", "organicBefore"], organicBefore);
    expect(typeof parseControl(changed) !== "string").toBe(taken);
  });

  it("that may be missing reads as nothing, in an item of an earlier release too", () => {
    const { createdAt, generation, ledger, recentEvents } = toControlItem(aControl());
    const { minutes: _minutes, closed: _closed, ...early } = ledger;
    expect(parseControl({ createdAt, generation, ledger: early, recentEvents })).toEqual(aControl());
  });
});
