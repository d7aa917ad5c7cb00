import { describe, expect, it } from "vitest";
import { examine } from "../../lib/app/doctor.ts";
import type { Inspection } from "../../lib/app/ports.ts";
import { ALARMS } from "../../lib/core/alarms.ts";
import { MemoryWorld } from "../support/memory/world.ts";
import { aPrompt } from "../support/prompts.ts";

const MAY_PUBLISH = {
  Statement: [{ Effect: "Allow", Principal: { Service: "cloudwatch.amazonaws.com" }, Action: "sns:Publish" }],
};

/** What `warmer doctor` finds of a check; what is not said otherwise is sound. */
async function found(
  check: string,
  inspected: Partial<Inspection> = {},
  { unconfirmed = [], prepare }: { unconfirmed?: string[]; prepare?: (world: MemoryWorld) => unknown } = {},
) {
  const world = new MemoryWorld();
  await world.init("blue");
  await world.publish("blue", "1", [aPrompt("support")]);
  await prepare?.(world);
  const inspection: Inspection = {
    selfCheck: async () => ({ key: "readable", now: world.now }),
    alarms: async () => [],
    topicPolicy: async () => MAY_PUBLISH,
    topicArn: () => "arn:aws:sns:eu-central-1:123456789012:warmer",
    tableName: () => "Table",
    orphanedTables: async () => [],
    ...inspected,
  };
  const findings = await examine(
    {
      clock: { now: () => world.now, sleep: async () => undefined },
      control: world.control,
      liveColor: world.liveColor,
      manifests: world.manifests,
      advice: world.advice,
      subscriptions: { unconfirmed: async () => unconfirmed },
      inspection,
    },
    world.config,
  );
  return findings.filter((finding) => finding.check === check);
}

const clockOff = (ms: number): Partial<Inspection> => ({
  selfCheck: async () => ({ key: "readable", now: new MemoryWorld().now + ms }),
});

describe("doctor", () => {
  it("looks at everything, and says what is sound", async () => {
    expect(await found("api key")).toEqual([
      { check: "api key", verdict: "ok", message: "the warm function can read it" },
    ]);
    expect(await found("live color")).toEqual([
      { check: "live color", verdict: "ok", message: "blue, release 1, 1 prefixes" },
    ]);
    expect(await found("subscriptions")).toEqual([
      { check: "subscriptions", verdict: "ok", message: "none waits for its confirmation" },
    ]);
    expect(await found("alarm topic")).toEqual([
      { check: "alarm topic", verdict: "ok", message: "CloudWatch may publish to it" },
    ]);
    expect(await found("tables")).toEqual([
      { check: "tables", verdict: "ok", message: "Table; none was left behind" },
    ]);
    for (const check of ["limits", "models", "price table"])
      expect(
        (await found(check)).map(({ verdict }) => verdict),
        check,
      ).toContain("ok");
  });

  it("finds a key that the function cannot read", async () => {
    const selfCheck = async () => ({ key: { problem: "it is empty" }, now: new MemoryWorld().now });
    expect(await found("api key", { selfCheck })).toEqual([
      {
        check: "api key",
        verdict: "problem",
        message: "it is empty",
        next: "put the provider's key into the SecureString, then warmer doctor",
      },
    ]);
  });

  it.each([
    [0, "ok", "0.0"],
    [5_000, "ok", "5.0"],
    [-5_000, "ok", "5.0"],
    [5_001, "warning", "5"],
    [-60_000, "warning", "60"],
  ])("compares the clocks: %i ms apart is %s", async (ms, verdict, seconds) => {
    expect(await found("clock", clockOff(ms))).toEqual([
      {
        check: "clock",
        verdict,
        message: `the function's clock and this machine's differ by ${seconds} s`,
        ...(verdict === "warning" && { next: "set this machine's clock" }),
      },
    ]);
  });

  it("finds a live color that is none", async () => {
    const prepare = (world: MemoryWorld) => {
      world.liveColor.value = "purple";
    };
    const [finding] = await found("live color", {}, { prepare });
    expect(finding).toMatchObject({ verdict: "problem", next: "warmer status" });
    expect(finding?.message).toMatch(/^unknown_color: ./);
    expect(await found("limits", {}, { prepare })).toHaveLength(1);
  });

  it("names the people who have not confirmed", async () => {
    expect(await found("subscriptions", {}, { unconfirmed: ["a@example.com", "b@example.com"] })).toEqual([
      {
        check: "subscriptions",
        verdict: "problem",
        message: "a@example.com, b@example.com has not confirmed and hears nothing",
        next: "open the mail from AWS Notifications and confirm",
      },
    ]);
  });

  it("finds a topic that CloudWatch may not publish to", async () => {
    expect(await found("alarm topic", { topicPolicy: async () => ({ Statement: [] }) })).toEqual([
      {
        check: "alarm topic",
        verdict: "problem",
        message: "its policy does not let CloudWatch publish: every alarm is lost",
        next: "cdk deploy, or allow cloudwatch.amazonaws.com on your own topic",
      },
    ]);
  });

  it("names tables that were left behind", async () => {
    expect(await found("tables", { orphanedTables: async () => ["Old", "Older"] })).toEqual([
      {
        check: "tables",
        verdict: "warning",
        message: "left behind by an earlier deployment: Old, Older",
        next: "adopt it (`retainedTable`) or delete it",
      },
    ]);
  });

  it("names every alarm that does not exist", async () => {
    const alarms = await found("alarms");
    for (const alarm of Object.keys(ALARMS))
      expect(alarms.map(({ message }) => message)).toContain(`${alarm} does not exist`);
  });

  it("holds the drill against the control item", async () => {
    expect(await found("drill")).toMatchObject([
      { verdict: "warning", message: expect.stringContaining("never") },
    ]);
  });

  it.each(["selfCheck", "alarms", "topicPolicy", "orphanedTables"] as const)(
    "goes on where %s cannot be asked, and says so",
    async (call) => {
      const refused = async () => {
        throw Object.assign(new Error("no permission"), { name: "AccessDenied" });
      };
      const checks = {
        selfCheck: "api key",
        alarms: "alarms",
        topicPolicy: "alarm topic",
        orphanedTables: "tables",
      };
      expect(await found(checks[call], { [call]: refused })).toEqual([
        {
          check: checks[call],
          verdict: "problem",
          message: "could not be examined (AccessDenied: no permission)",
          next: "check your own permissions",
        },
      ]);
      expect(await found("subscriptions", { [call]: refused })).toHaveLength(1);
    },
  );
});
