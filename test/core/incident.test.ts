import { describe, expect, it } from "vitest";
import type { SpikeWatch } from "../../lib/core/fill-cost/spike-watch.ts";
import {
  incidentId,
  isAboutLimit,
  noticeText,
  recordNotice,
  recordSpike,
  spikeIncidentId,
} from "../../lib/core/incident.ts";
import type { Notice } from "../../lib/core/notice.ts";
import { MINUTE, NOON } from "./samples.ts";

const aNotice = (fields: Partial<Notice> = {}): Notice => ({
  incident: 7,
  kind: "paused",
  cause: "operator",
  by: "anna",
  reason: "looking",
  at: NOON,
  hourSpent: 250_000,
  daySpent: 1_500_000,
  ...fields,
});

const resumed = aNotice({ kind: "resumed", by: "ben", reason: "found it", at: NOON + MINUTE });

describe("an incident's id", () => {
  it("is the generation with which it began, so that text sorts as age does", () => {
    expect(incidentId(aNotice())).toBe("00000007");
    expect(incidentId(aNotice({ incident: 9 })) < incidentId(aNotice({ incident: 10 }))).toBe(true);
  });

  it("of a met limit has the instant too, since no generation tells two of them apart", () => {
    expect(incidentId(aNotice({ kind: "limit_met" }))).toBe(`00000007.${NOON}`);
  });

  it("of a spike tells it from a met limit of the same instant", () => {
    expect(spikeIncidentId(7, NOON)).toBe(`00000007.${NOON}.fill`);
  });
});

describe("the incident of a notice", () => {
  it("is opened by whoever acted, with why and with the money of that moment", () => {
    expect(recordNotice(undefined, aNotice())).toEqual({
      id: "00000007",
      kind: "paused",
      cause: "operator",
      openedAt: NOON,
      openedBy: "anna",
      reason: "looking",
      hourSpent: 250_000,
      daySpent: 1_500_000,
    });
  });

  it("names the prefix and the alarm, where there are any", () => {
    const about = { prefix: "support", alarm: "fill-cost-critical" };
    expect(recordNotice(undefined, aNotice(about))).toMatchObject(about);
  });

  it.each(["throttled", "limit_met"] as const)("is of the kind of its notice: %s", (kind) => {
    expect(recordNotice(undefined, aNotice({ kind })).kind).toBe(kind);
  });

  it("is closed by a resume, and keeps how it began", () => {
    const open = recordNotice(undefined, aNotice());
    expect(recordNotice(open, resumed)).toEqual({
      ...open,
      closedAt: NOON + MINUTE,
      closedBy: "ben",
      closeReason: "found it",
    });
  });

  it("is that of a pause where only the resume is known", () => {
    expect(recordNotice(undefined, resumed)).toMatchObject({ kind: "paused", closedAt: NOON + MINUTE });
  });

  it("stays as it was when its notice comes a second time", () => {
    const open = { ...recordNotice(undefined, aNotice()), note: "seen" };
    expect(recordNotice(open, aNotice({ by: "nobody", at: NOON + 1 }))).toEqual(open);
  });
});

describe("the incident of a spike", () => {
  const watch: SpikeWatch = { incident: "00000003.1.fill", level: "warning", since: NOON };
  const spent = { hourSpent: 1, daySpent: 2 };

  it("is opened by the monitor when the spike began", () => {
    expect(recordSpike(undefined, watch, "12 fills", spent)).toEqual({
      id: "00000003.1.fill",
      kind: "fill_cost",
      cause: "fill_rate",
      level: "warning",
      reason: "12 fills",
      openedAt: NOON,
      openedBy: "monitor",
      ...spent,
    });
  });

  it("rises with its level, and keeps what an operator has written into it", () => {
    const noted = { ...recordSpike(undefined, watch, "12 fills", spent), note: "a release" };
    const raised = recordSpike(noted, { ...watch, level: "critical" }, "90 fills", {
      hourSpent: 8,
      daySpent: 9,
    });
    expect(raised).toEqual({ ...noted, level: "critical", reason: "90 fills" });
  });
});

describe("a notice's mail", () => {
  const mail = (fields: Partial<Notice> = {}) => noticeText(aNotice(fields), "support", "prod");

  it("says what, when, who, why, the money, and what to type next", () => {
    expect(mail().message.split("\n")).toEqual([
      "The warmer of support prod is paused.",
      "When:   2026-11-21T12:00:00.000Z",
      "By:     anna",
      "Cause:  operator",
      "Reason: looking",
      "Spent:  $0.25 in that hour, $1.50 in that day (UTC)",
      'Next:   warmer status, then warmer resume --reason "..."',
    ]);
  });

  it.each([
    ["paused", "support prod: warmer paused"],
    ["throttled", "support prod: warmer throttled"],
    ["limit_met", "support prod: warmer past its spend limit"],
    ["resumed", "support prod: warmer resumed"],
  ] as const)("of %s has the subject %j", (kind, subject) => {
    expect(mail({ kind }).subject).toBe(subject);
  });

  it("of one prefix names it", () => {
    const { subject, message } = mail({ prefix: "billing" });
    expect(subject).toBe("support prod: prefix paused");
    expect(message).toMatch(/^The prefix billing of support prod is paused\.\n/);
  });

  it("names the alarm that acted", () => {
    expect(mail({ by: "alarm", alarm: "fill-cost" }).message).toContain(
      "\nBy:     alarm (alarm fill-cost)\n",
    );
  });

  it("asks for no resume once the warmer is resumed", () => {
    expect(mail({ kind: "resumed" }).message).toMatch(/\nNext: {3}warmer status$/);
  });

  it("has a subject that SNS takes, however long the service's name is", () => {
    const { subject } = noticeText(aNotice(), "s".repeat(90), "prod");
    expect(subject).toBe(`${"s".repeat(90)} prod: war`);
    expect(subject).toHaveLength(100);
  });
});

describe("those who hear of met limits", () => {
  it.each([
    ["operator", false],
    ["spend_alarm", true],
    ["limit_hour", true],
    ["provider_spend_limit", true],
  ] as const)("hear of what %s caused: %s", (cause, hear) => {
    expect(isAboutLimit(aNotice({ cause }))).toBe(hear);
  });
});
