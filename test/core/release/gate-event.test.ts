import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ECS_STAGE, type GateEvent, parseGateEvent } from "../../../lib/core/release/gate-event.ts";

const HOOK = { DeploymentId: "d-4XT8CNDLB", LifecycleEventHookExecutionId: "eyJlbmNyeXB0ZWREYXRhIjoiSyJ9" };

/** As ECS sends it: the AWS News Blog of 2025-07-10. */
const LOOK = {
  executionDetails: {
    testTrafficWeights: {},
    productionTrafficWeights: {},
    serviceArn: "arn:aws:ecs:us-west-2:123456789012:service/agents/support",
    targetServiceRevisionArn: "arn:aws:ecs:us-west-2:123456789012:service-revision/agents/support/938639",
  },
  executionId: "a635edb5-a66b-4f44-bf3f-fcee4b3641a5",
  lifecycleStage: "POST_TEST_TRAFFIC_SHIFT",
  resourceArn: "arn:aws:ecs:us-west-2:123456789012:service-deployment/agents/support/TFX5sH9q9XDboDTOv0rIt",
};

const idOf = (event: GateEvent) => ("id" in event ? event.id : undefined);
const gateIdLike = /^[a-z]+-[0-9a-f]{32}$/;

describe("a hook of CodeDeploy", () => {
  it("is a gate that calls back to its own execution", () => {
    expect(parseGateEvent(HOOK)).toEqual({
      kind: "codedeploy",
      id: expect.stringMatching(gateIdLike),
      by: "CodeDeploy d-4XT8CNDLB",
      callback: { deploymentId: HOOK.DeploymentId, hookExecutionId: HOOK.LifecycleEventHookExecutionId },
    });
  });

  it("asks under the same id when it comes again, and another execution under another", () => {
    expect(idOf(parseGateEvent({ ...HOOK }))).toBe(idOf(parseGateEvent(HOOK)));
    const other = { ...HOOK, LifecycleEventHookExecutionId: "eyJ2" };
    expect(idOf(parseGateEvent(other))).not.toBe(idOf(parseGateEvent(HOOK)));
  });

  it.each([
    [{ DeploymentId: "d-1" }, /^event\.LifecycleEventHookExecutionId .*, got undefined$/],
    [{ ...HOOK, DeploymentId: "" }, /^event\.DeploymentId must not be empty, got ""$/],
    [{ ...HOOK, LifecycleEventHookExecutionId: "x".repeat(2_049) }, /is too long, got "x{40}…"$/],
  ])("without both ids is refused: nobody could be called back", (event, message) => {
    expect(parseGateEvent(event)).toEqual({ kind: "bad", message: expect.stringMatching(message) });
  });

  it("takes an id of 2048 characters", () => {
    expect(parseGateEvent({ ...HOOK, LifecycleEventHookExecutionId: "x".repeat(2_048) }).kind).toBe(
      "codedeploy",
    );
  });
});

describe("a hook of ECS", () => {
  it("is one gate for one deployment, however often ECS looks", () => {
    const first = parseGateEvent(LOOK);
    expect(first).toEqual({
      kind: "ecs",
      id: expect.stringMatching(gateIdLike),
      by: "ECS agents/support/TFX5sH9q9XDboDTOv0rIt",
      settings: {},
    });
    expect(parseGateEvent({ ...LOOK, executionId: "another" })).toEqual(first);
    expect(idOf(parseGateEvent({ ...LOOK, resourceArn: `${LOOK.resourceArn}2` }))).not.toBe(idOf(first));
  });

  it.each([
    ["an object", { color: "green", timeoutSeconds: 300 }],
    ["its JSON", JSON.stringify({ color: "green", timeoutSeconds: 300 })],
  ])("brings its settings as %s", (_how, hookDetails) => {
    expect(parseGateEvent({ ...LOOK, hookDetails })).toMatchObject({
      kind: "ecs",
      settings: { color: "green", timeoutSeconds: 300 },
    });
  });

  it.each([
    [
      "at another stage",
      { lifecycleStage: "TEST_TRAFFIC_SHIFT" },
      /register the hook for that stage alone, got "TEST_TR/,
    ],
    ["without its deployment", { resourceArn: undefined }, /^event\.resourceArn .*, got undefined$/],
    [
      "with a setting that nobody knows",
      { hookDetails: { minCoverge: 1 } },
      /^event\.hookDetails has no "minCoverge"$/,
    ],
    [
      "with a share in words",
      { hookDetails: { minCoverage: "all" } },
      /minCoverage must be a share.*, got "all"$/,
    ],
    [
      "with details that are no object",
      { hookDetails: "{" },
      /^event\.hookDetails must be an object, got "\{"$/,
    ],
  ])("%s must still be answered", (_what, change, message) => {
    expect(parseGateEvent({ ...LOOK, ...change })).toEqual({
      kind: "bad_ecs",
      message: expect.stringMatching(message),
      settings: {},
    });
  });

  it("stays strict when it is bad, if it was to be strict", () => {
    const hookDetails = { failDeployment: true, color: 7 };
    expect(parseGateEvent({ ...LOOK, hookDetails })).toMatchObject({
      kind: "bad_ecs",
      settings: { failDeployment: true },
    });
  });
});

describe("an invocation", () => {
  it.each<[string, object, GateEvent]>([
    ["nothing opens a gate as configured", {}, { kind: "open", id: undefined, settings: {} }],
    ["a color opens one", { color: "green" }, { kind: "open", id: undefined, settings: { color: "green" } }],
    ["an id alone looks", { id: "gate-1" }, { kind: "look", id: "gate-1" }],
    [
      "an id and a question opens one under that id",
      { id: "gate-1", timeoutSeconds: 60 },
      { kind: "open", id: "gate-1", settings: { timeoutSeconds: 60 } },
    ],
  ])("with %s", (_what, event, expected) => {
    expect(parseGateEvent(event)).toEqual(expected);
  });

  it.each([
    [null, /^event must be an object, got null$/],
    [[{ color: "green" }], /^event must be an object, got /],
    [{ source: "aws.events" }, /^event has no "source"$/],
    [{ color: 1 }, /^event\.color must be a color, got 1$/],
    [{ failDeployment: "yes" }, /^event\.failDeployment must be true or false, got "yes"$/],
  ])("that is %j is refused by name", (event, message) => {
    expect(parseGateEvent(event)).toEqual({ kind: "bad", message: expect.stringMatching(message) });
  });
});

describe("any event", () => {
  it("is read without an error, and what it says is never repeated at length", () => {
    const value = fc.jsonValue();
    const key = fc.constantFrom(
      "DeploymentId",
      "LifecycleEventHookExecutionId",
      "lifecycleStage",
      "hookDetails",
      "id",
      "x",
    );
    const event = fc.oneof(value, fc.dictionary(key, value), fc.anything());
    fc.assert(
      fc.property(event, (any) => {
        const parsed = parseGateEvent(any);
        if ("message" in parsed) expect(parsed.message.length).toBeLessThan(300);
      }),
    );
  });
});

describe("a part of an event", () => {
  it.each<[object, GateEvent["kind"], RegExp]>([
    [{ DeploymentId: "d" }, "bad", /^event\.LifecycleEventHookExecutionId /],
    [{ LifecycleEventHookExecutionId: "h" }, "bad", /^event\.DeploymentId /],
    [{ lifecycleStage: ECS_STAGE }, "bad_ecs", /^event\.resourceArn /],
    [{ executionDetails: {} }, "bad_ecs", /^event\.lifecycleStage must be POST_TEST_TRAFFIC_SHIFT/],
    [{ timeoutSeconds: "long" }, "bad", /^event\.timeoutSeconds must be a number of seconds, got "long"$/],
    [
      { lifecycleStage: ECS_STAGE, resourceArn: "a", hookDetails: 7 },
      "bad_ecs",
      /^event\.hookDetails must be an object, got 7$/,
    ],
    [
      { lifecycleStage: ECS_STAGE, resourceArn: "a", hookDetails: "{" },
      "bad_ecs",
      /^event\.hookDetails must be an object, got "\{"$/,
    ],
  ])("tells whose event it is, and what is missing: %j", (event, kind, fault) => {
    expect(parseGateEvent(event)).toMatchObject({ kind, message: expect.stringMatching(fault) });
  });

  it("that is left out of a question is as good as not there", () => {
    expect(parseGateEvent({ id: "g", color: undefined })).toEqual({ kind: "look", id: "g" });
    expect(parseGateEvent({ id: "g", color: "green" })).toEqual({
      kind: "open",
      id: "g",
      settings: { color: "green" },
    });
    expect(parseGateEvent({})).toMatchObject({ kind: "open", settings: {} });
  });

  it("of a bad event of ECS that says whether to be strict is kept, where it is one", () => {
    const bad = (failDeployment: unknown) =>
      parseGateEvent({ lifecycleStage: "LATER", hookDetails: { failDeployment } });
    expect(bad(true)).toMatchObject({ settings: { failDeployment: true } });
    expect(bad("yes")).toMatchObject({ settings: {} });
  });

  it("that ECS sends as nothing, as an object or as JSON is the same", () => {
    const settings = (hookDetails: unknown) => {
      const event = parseGateEvent({ lifecycleStage: ECS_STAGE, resourceArn: "a/b", hookDetails });
      return event.kind === "ecs" ? event.settings : event;
    };
    expect([null, undefined, {}].map(settings)).toEqual([{}, {}, {}]);
    expect(['{"color":"green"}', { color: "green" }].map(settings)).toEqual([
      { color: "green" },
      { color: "green" },
    ]);
  });
});
