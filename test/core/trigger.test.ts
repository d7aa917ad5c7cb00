import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { MANUAL_SOURCE, parseTrigger } from "../../lib/core/trigger.ts";
import { NOON } from "./samples.ts";

const PARAMETER = "/support/prod/live-color";
const parse = (event: unknown) => parseTrigger(event, PARAMETER);

/** Shape: EventBridge user guide, scheduled events, read 2026-11-21. */
const TICK = {
  version: "0",
  id: "53dc4d37-cffa-4f76-80c9-8b7d4a4d2eaa",
  "detail-type": "Scheduled Event",
  source: "aws.events",
  account: "111122223333",
  time: "2026-11-21T12:00:00Z",
  region: "eu-central-1",
  resources: ["arn:aws:events:eu-central-1:111122223333:rule/warm"],
  detail: {},
};

/** Shape: the example of Systems Manager's documentation, and one recorded in August 2021, read 2026-11-21. */
const CHANGE = {
  ...TICK,
  id: "6a7e4feb-b491-4cf7-a9f1-bf3703497718",
  "detail-type": "Parameter Store Change",
  source: "aws.ssm",
  resources: [`arn:aws:ssm:eu-central-1:111122223333:parameter${PARAMETER}`],
  detail: { operation: "Update", name: PARAMETER, type: "String" },
};

const MANUAL = { id: "4d1c", time: "2026-11-21T12:00:00.000Z", source: MANUAL_SOURCE };

describe("parseTrigger", () => {
  it.each([
    ["tick", TICK],
    ["change", CHANGE],
    ["change", { ...CHANGE, detail: { ...CHANGE.detail, operation: "Delete" } }],
    ["manual", MANUAL],
  ] as const)("knows a %s by its source", (kind, event) => {
    expect(parse(event)).toEqual({ kind, id: event.id, at: NOON });
  });

  it.each([
    ["nothing", undefined, "event must be an object"],
    ["null", null, "event must be an object"],
    ["a text", "tick", "event must be an object"],
    ["an empty object", {}, "event.id"],
    ["an empty id", { ...TICK, id: "" }, "event.id"],
    ["an id that is a number", { ...TICK, id: 7 }, "event.id"],
    ["an id that would not fit into the state", { ...TICK, id: "x".repeat(129) }, "event.id"],
    ["no time", { ...TICK, time: undefined }, "event.time"],
    ["a time that is none", { ...TICK, time: "soon" }, "event.time"],
    ["a time that is a number", { ...TICK, time: NOON }, "event.time"],
    ["another source", { ...TICK, source: "aws.ec2" }, "event.source"],
    ["no source", { ...TICK, source: undefined }, "event.source"],
    ["another detail type", { ...TICK, "detail-type": "Scheduled" }, "event.source"],
    [
      "a change of another parameter",
      { ...CHANGE, detail: { name: "/support/staging/live-color" } },
      PARAMETER,
    ],
    [
      "a change of a parameter whose name only begins so",
      { ...CHANGE, detail: { name: `${PARAMETER}2` } },
      PARAMETER,
    ],
    ["a change without a name", { ...CHANGE, detail: {} }, PARAMETER],
    ["a change without a detail", { ...CHANGE, detail: undefined }, PARAMETER],
    ["a change whose detail is null", { ...CHANGE, detail: null }, PARAMETER],
  ])("refuses %s, and says what was expected and what came", (_what, event, expected) => {
    const trigger = parse(event);
    expect(trigger).toMatchObject({ kind: "bad", message: expect.stringContaining(expected) });
    expect(trigger).toMatchObject({ message: expect.stringContaining(", got ") });
  });

  it("takes an id of 128 characters", () => {
    expect(parse({ ...TICK, id: "x".repeat(128) }).kind).toBe("tick");
  });

  it("shows what came escaped and cut", () => {
    const trigger = parse({ ...TICK, source: `\u001b[2J${"x".repeat(9_000)}` });
    expect(trigger.kind === "bad" && trigger.message).toMatch(/got "\\u001b\[2Jx{36}…"$/);
  });

  it("never throws, and gives a finite time whenever it knows the event", () => {
    const part = fc.anything();
    const event = fc.oneof(
      part,
      fc.record({
        id: fc.oneof(fc.constant("e"), part),
        time: fc.oneof(fc.constant(TICK.time), fc.string(), part),
        source: fc.oneof(fc.constantFrom("aws.events", "aws.ssm", MANUAL_SOURCE), part),
        "detail-type": fc.oneof(fc.constantFrom("Scheduled Event", "Parameter Store Change"), part),
        detail: fc.oneof(fc.constant({ name: PARAMETER }), part),
      }),
    );
    fc.assert(
      fc.property(event, (event) => {
        const trigger = parse(event);
        if (trigger.kind === "bad") expect(trigger.message).not.toBe("");
        else expect(Number.isFinite(trigger.at)).toBe(true);
      }),
      { numRuns: 300 },
    );
  });
});
