/** Anything at all, where something of a known shape is expected: an answer in few words, never a crash. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseAlarmEvent } from "../../lib/core/alarm-event.ts";
import { ConfigFault, resolveConfig, type WarmerOptions } from "../../lib/core/config.ts";
import { readLiveColor } from "../../lib/core/live-color.ts";
import { isPrefix, readPromptFile } from "../../lib/core/prompt-file.ts";
import { parseGateEvent } from "../../lib/core/release/gate-event.ts";
import { parseTrigger } from "../../lib/core/trigger.ts";
import { expectFewWords, nasty, anyText as text } from "../support/nasty.ts";

const CANARY = "canary-in-the-prompt";
const COLORS = ["blue", "green"];
const PLACE = { account: "123456789012", region: "us-east-1" };

const key = fc.oneof(
  nasty,
  fc.constantFrom(
    "id",
    "time",
    "source",
    "detail",
    "detail-type",
    "color",
    "alarmData",
    "state",
    "Records",
    "Sns",
    "Message",
    "DeploymentId",
  ),
);
const anything = fc.oneof(
  text,
  fc.anything({ withBigInt: true, withNullPrototype: true, withDate: true, withMap: true }),
  fc.dictionary(key, fc.oneof(text, fc.jsonValue(), fc.double())),
);

const settings = { seed: 11, numRuns: 400 };

describe("whatever arrives", () => {
  it("as an event of warm is a trigger, or said to be none", () => {
    fc.assert(
      fc.property(anything, (event) => {
        const trigger = parseTrigger(event, "/support/test/live-color");
        if (trigger.kind === "bad") expectFewWords(trigger.message);
        else expect(Number.isFinite(trigger.at)).toBe(true);
      }),
      settings,
    );
  });

  it("as an event of pause pauses nothing unless it is a spend alarm of this warmer", () => {
    fc.assert(
      fc.property(anything, (event) => {
        const alarm = parseAlarmEvent(event, "support", "test", PLACE);
        expect(alarm.kind).toBe("ignored");
        if (alarm.kind === "ignored") expectFewWords(alarm.why);
      }),
      settings,
    );
  });

  it("as an event of gate is a question, or said to be none", () => {
    fc.assert(
      fc.property(anything, (event) => {
        const gate = parseGateEvent(event);
        expect(gate).toBeDefined();
        if ("message" in gate && typeof gate.message === "string") expectFewWords(gate.message);
      }),
      settings,
    );
  });

  it("as live color is exactly a configured one, or a fault that shows it escaped and cut", () => {
    fc.assert(
      fc.property(text, (value) => {
        const live = readLiveColor(value, COLORS);
        if (live.kind === "live") expect(COLORS).toContain(value);
        if (live.kind === "unknown") expectFewWords(live.message);
      }),
      settings,
    );
  });

  it("as prompt file is a prefix, or a fault that quotes nothing of it", () => {
    const body = fc.dictionary(
      fc.constantFrom("model", "system", "messages", "tools", "max_tokens", "thinking", CANARY),
      fc.oneof(fc.constant(CANARY), fc.constant([{ type: "text", text: CANARY }]), fc.jsonValue(), text),
    );
    const file = fc.oneof(
      body.map((value) => JSON.stringify(value)),
      text,
      fc.constant(`{"system":"${CANARY}`),
    );
    fc.assert(
      fc.property(file, (value) => {
        const read = readPromptFile(value);
        if (!isPrefix(read)) expectFewWords(`${read.path} ${read.message}`.replaceAll(CANARY, ""));
        if (!isPrefix(read)) expect(read.message).not.toContain(CANARY);
      }),
      settings,
    );
  });

  it("as configuration is a whole one, or every fault at once", () => {
    const sound = {
      service: "support",
      environment: "test",
      colors: COLORS,
      expected: { prefixes: 2, tokensPerPrefix: 4_000, model: "claude-sonnet-5-5", ttl: "5m" },
      costGuardrails: { maxHourlyFillCost: 1, maxDailyFillCost: 5 },
    };
    const field = fc.constantFrom(
      ...Object.keys(sound),
      "concurrency",
      "notify",
      "keepPreviousFor",
      "policy",
    );
    fc.assert(
      fc.property(field, fc.oneof(text, fc.jsonValue(), fc.double()), (name, value) => {
        const options = { ...sound, [name]: value } as unknown as WarmerOptions;
        try {
          expect(resolveConfig(options).colors.length).toBeGreaterThan(0);
        } catch (error) {
          expect(error).toBeInstanceOf(ConfigFault);
          for (const line of (error as Error).message.split("\n")) expectFewWords(line);
        }
      }),
      settings,
    );
  });
});
