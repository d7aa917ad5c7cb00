import { describe, expect, it } from "vitest";
import type { Diagnosis } from "../../lib/core/diagnosis.ts";
import { type SpikeNews, spikeNotification } from "../../lib/core/notification.ts";
import { faultOf } from "../docs/commands.ts";
import { anEvent } from "./causes/samples.ts";
import { MINUTE, NOON } from "./samples.ts";

const DIAGNOSIS: Diagnosis = {
  from: NOON - 15 * MINUTE,
  to: NOON,
  fillCost: 300_000,
  fills: 12,
  unexpected: 10,
  failed: 1,
  candidates: [
    {
      cause: "warmer_loop",
      confidence: 0.95,
      evidence: ["the same bytes of support were written 3 times"],
      next: ['warmer pause --reason "warmer loop"', "warmer doctor"],
    },
    { cause: "early_eviction", confidence: 0.4, evidence: ["support was gone"], next: ["warmer doctor"] },
    { cause: "expired", confidence: 0.2, evidence: ["late"], next: [] },
  ],
  events: [{ ...anEvent("publish", NOON - 8 * MINUTE), color: "green", release: "42" }],
};

function aSpike(fields: Partial<SpikeNews> = {}): SpikeNews {
  return {
    service: "support",
    environment: "prod",
    level: "critical",
    responseTime: "immediate",
    reading: { rate: 1_200_000, normal: 200_000, explained: 0, ratio: 6, level: "critical" },
    diagnosis: DIAGNOSIS,
    incidentId: "00000003.1795161600000.fill",
    since: NOON - 4 * MINUTE,
    now: NOON,
    spend: { hour: 400_000, hourlyLimit: 1_000_000, day: 2_000_000, dailyLimit: 5_000_000 },
    runbook: "https://example.com/runbooks/fill-cost.md",
    ...fields,
  };
}

describe("a spike's mail", () => {
  const { subject, text } = spikeNotification(aSpike());

  it("says what it is in a subject that SNS takes", () => {
    expect(subject).toBe("support prod: fill cost critical, 6.0 times normal");
    const long = spikeNotification(aSpike({ service: "s".repeat(90) })).subject;
    expect(long).toHaveLength(100);
    expect(long).toMatch(/^[\x20-\x7e]+$/);
  });

  it("of one partition tells commands for that one, and else for all", () => {
    const next = (of: SpikeNews) => /Next:\n((?: {2}.*\n)+)/.exec(spikeNotification(of).text)?.[1] ?? "";
    expect(next(aSpike({ partition: "eu" }))).toMatch(/^(?: {2}warmer --partition eu [a-z].*\n)+$/);
    expect(next(aSpike())).not.toContain("--partition");
  });

  it("says since when, how soon to look, the rate, the money, and what is known", () => {
    expect(text).toContain("Respond:  immediate\n");
    expect(text).toContain("Since:    2026-11-21T11:56:00.000Z, 4 minutes ago\n");
    expect(text).toContain("Rate:     $1.20 an hour; normal is $0.20\n");
    expect(text).toContain("Spent:    $0.40 of $1.00 this hour, $2.00 of $5.00 today (UTC)\n");
    expect(text).toContain("Known:    a release of green (42) started 4 minutes before\n");
    expect(text).toContain("12 fills, 10 of them where a read was due; 1 failed");
  });

  it("names two patterns with their evidence, and no third one", () => {
    expect(text).toContain("warmer_loop (95 %): the same bytes are written again at once");
    expect(text).toContain("  - the same bytes of support were written 3 times");
    expect(text).toContain("early_eviction (40 %)");
    expect(text).not.toContain("expired");
  });

  it("ends with what to type, each command once, and the runbook", () => {
    const [, next = ""] = text.split("Next:\n");
    const commands =
      next
        .split("\n\n")[0]
        ?.split("\n")
        .map((line) => line.trim()) ?? [];
    expect(commands).toEqual([
      'warmer pause --reason "warmer loop"',
      "warmer doctor",
      "warmer diagnose",
      'warmer incidents close 00000003.1795161600000.fill --cause warmer_loop --note "what was found"',
    ]);
    expect(commands.flatMap((command) => faultOf(command) ?? [])).toEqual([]);
    expect(text).toContain("\nRunbook: https://example.com/runbooks/fill-cost.md");
  });

  it("leaves out what is not known yet, and says what events explain", () => {
    const learning = spikeNotification(aSpike({ reading: { rate: 1, normal: 1, explained: 0 } }));
    expect(learning.subject).toBe("support prod: fill cost critical");
    const explained = spikeNotification(aSpike({ reading: { rate: 9, normal: 1, explained: 50_000 } }));
    expect(explained.text).toContain("and known events explain $0.05");
  });
});

describe("a spike's whole mail", () => {
  it("has facts, patterns, commands and the runbook, apart from each other", () => {
    const diagnosis = { ...DIAGNOSIS, candidates: DIAGNOSIS.candidates.slice(1, 2), events: [] };
    expect(
      spikeNotification(aSpike({ level: "info", diagnosis, since: NOON + MINUTE })).text.split("\n"),
    ).toEqual([
      "support prod: cache writes cost more than normal (info).",
      "Respond:  immediate",
      "Since:    2026-11-21T12:01:00.000Z, 0 minutes ago",
      "Rate:     $1.20 an hour; normal is $0.20",
      "Spent:    $0.40 of $1.00 this hour, $2.00 of $5.00 today (UTC)",
      "Touches:  12 fills, 10 of them where a read was due; 1 failed",
      "Incident: 00000003.1795161600000.fill",
      "",
      "early_eviction (40 %): the provider dropped entries before their TTL",
      "  - support was gone",
      "",
      "Next:",
      "  warmer doctor",
      "  warmer diagnose",
      '  warmer incidents close 00000003.1795161600000.fill --cause early_eviction --note "what was found"',
      "",
      "Runbook: https://example.com/runbooks/fill-cost.md",
    ]);
  });

  it("of no pattern closes as unknown", () => {
    const none = spikeNotification(aSpike({ diagnosis: { ...DIAGNOSIS, candidates: [] } }));
    expect(none.text).toContain("--cause unknown");
    expect(none.chat.metadata.additionalContext?.["cause"]).toBe("unknown");
  });
});

describe("a spike's chat message", () => {
  const { chat, text } = spikeNotification(aSpike());

  it("has the form of a custom notification", () => {
    expect(chat).toMatchObject({
      version: "1.0",
      source: "custom",
      content: { textType: "client-markdown" },
      metadata: { eventType: "fill-cost-critical", additionalContext: { cause: "warmer_loop" } },
    });
    expect(
      Object.values(chat.metadata.additionalContext ?? {}).every((value) => typeof value === "string"),
    ).toBe(true);
  });

  it("is one thread per incident, each level a message of its own", () => {
    const info = spikeNotification(aSpike({ level: "info" })).chat;
    expect(info.metadata.threadId).toBe(chat.metadata.threadId);
    expect(info.id).not.toBe(chat.id);
    const other = spikeNotification(aSpike({ incidentId: "00000004.1.fill" })).chat;
    expect(other.metadata.threadId).not.toBe(chat.metadata.threadId);
  });

  it("asks for the same commands as the mail", () => {
    for (const step of chat.content.nextSteps ?? []) expect(text).toContain(step.replaceAll("`", ""));
  });

  it("makes no link and no mention of what stands in a fact", () => {
    const [first] = DIAGNOSIS.candidates;
    if (first === undefined) throw new Error("no candidate");
    const evidence = ["<!channel> & <https://example.com|click>"];
    const diagnosis = { ...DIAGNOSIS, candidates: [{ ...first, evidence }] };
    const { description } = spikeNotification(aSpike({ diagnosis })).chat.content;
    expect(description).toContain("&lt;!channel&gt; &amp; &lt;https://example.com|click&gt;");
  });

  it("says what the mail says, fact by fact, and then each pattern", () => {
    expect(chat.content.title).toBe("support prod: fill cost critical, 6.0 times normal");
    expect(chat.content.description.split("\n")).toEqual([
      "*Respond*: immediate",
      "*Since*: 2026-11-21T11:56:00.000Z, 4 minutes ago",
      "*Rate*: $1.20 an hour; normal is $0.20",
      "*Spent*: $0.40 of $1.00 this hour, $2.00 of $5.00 today (UTC)",
      "*Touches*: 12 fills, 10 of them where a read was due; 1 failed",
      "*Known*: a release of green (42) started 4 minutes before",
      "*Incident*: 00000003.1795161600000.fill",
      expect.stringMatching(/^warmer_loop \(95 %\): /),
      "  - the same bytes of support were written 3 times",
      expect.stringMatching(/^early_eviction \(40 %\): /),
      "  - support was gone",
    ]);
  });

  it("can be filtered and traced by its words", () => {
    expect(chat.id).toBe("00000003.1795161600000.fill.critical");
    expect(chat.content.keywords).toEqual(["critical", "support", "prod", "warmer_loop", "early_eviction"]);
    expect(chat.content.nextSteps?.[0]).toBe('`warmer pause --reason "warmer loop"`');
    expect(chat.content.nextSteps?.at(-1)).toBe("Runbook: https://example.com/runbooks/fill-cost.md");
    expect(chat.metadata).toEqual({
      threadId: "00000003.1795161600000.fill",
      summary: "fill cost critical, 6.0 times normal",
      eventType: "fill-cost-critical",
      relatedResources: ["support/prod"],
      additionalContext: {
        incident: "00000003.1795161600000.fill",
        cause: "warmer_loop",
        level: "critical",
      },
    });
  });
});
