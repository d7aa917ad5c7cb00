import { describe, expect, it } from "vitest";
import { type GateRun, runGate } from "../../lib/app/deployment-gate.ts";
import { OUTCOMES } from "../../lib/core/outcome.ts";
import type { Gate } from "../../lib/core/release/gate.ts";
import type { GateSettings } from "../../lib/core/release/gate-event.ts";
import { Worker } from "../support/memory/scheduler.ts";
import { MemoryWorld, type MemoryWorldOptions, MINUTE, SECOND } from "../support/memory/world.ts";
import { aPrompt } from "../support/prompts.ts";

const HOOK = { DeploymentId: "d-1", LifecycleEventHookExecutionId: "hook-1" };
const WAITING = { deploymentId: "d-1", hookExecutionId: "hook-1" };
const LOOK = {
  lifecycleStage: "POST_TEST_TRAFFIC_SHIFT",
  resourceArn: "arn:aws:ecs:eu-west-1:123456789012:service-deployment/agents/support/1",
  executionDetails: {},
};

/** The gate function over a warmer in memory. */
class GateFunction {
  readonly world: MemoryWorld;
  /** Events with which the warm function was started. */
  readonly started: unknown[] = [];
  /** Whether the warm function cannot be started. */
  deaf = false;
  #runs = 0;

  constructor(world: MemoryWorld) {
    this.world = world;
  }

  /** Blue is live and warm, green is published. */
  static async beforeGreen(options: MemoryWorldOptions = {}, tokens = 3_000): Promise<GateFunction> {
    const world = await MemoryWorld.live([aPrompt("blue")], options);
    await world.publish("green", "2", [aPrompt("green", { tokens })]);
    await world.tick();
    return new GateFunction(world);
  }

  ask(event: unknown, codeDeploy: GateSettings = {}): Promise<GateRun> {
    const { world } = this;
    const start = async (event: unknown) => {
      if (this.deaf) throw Object.assign(new Error("prompt text"), { name: "AccessDeniedException" });
      this.started.push(event);
    };
    const ports = { ...world.ports(new Worker(world.scheduler)), events: world.events, warm: { start } };
    const run = { id: `run-${++this.#runs}`, codeDeploy };
    return world.scheduler.until(runGate(ports, world.config, event, run));
  }

  /** The run of the warm function that the last gate asked for. */
  warm() {
    return this.world.runToEnd(this.started.at(-1));
  }
}

const green = () => GateFunction.beforeGreen();
/** Below the model's minimum: the provider caches nothing of it. */
const coldGreen = () => GateFunction.beforeGreen({}, 500);
const strict = { failDeployment: true };

describe("a hook of CodeDeploy", () => {
  it("is answered by the tick that proves the candidate, not by its own run", async () => {
    const gate = await green();
    const { report, reply } = await gate.ask(HOOK);
    expect(report.outcome).toBe("gate_open");
    expect(reply).toMatchObject({ color: "green", openedBy: "CodeDeploy d-1", callback: WAITING });
    expect(gate.world.callbacks.told).toEqual([]);
    await gate.warm();
    expect(gate.world.callbacks.told).toEqual([{ callback: WAITING, passed: true }]);
  });

  it("fails for a candidate that is proven cold", async () => {
    const gate = await coldGreen();
    await gate.ask(HOOK);
    await gate.warm();
    await gate.world.minutes(11);
    expect(gate.world.callbacks.told).toEqual([{ callback: WAITING, passed: false }]);
  });

  it("is one gate when its event comes twice, also after its answer", async () => {
    const gate = await green();
    const first = await gate.ask(HOOK);
    expect((await gate.ask(HOOK)).reply).toEqual(first.reply);
    await gate.warm();
    const { report } = await gate.ask(HOOK);
    expect(report.outcome).toBe("gate_answered");
    expect(gate.world.callbacks.told).toHaveLength(1);
    expect(gate.started).toHaveLength(1);
  });

  it("asks what the stack says, since its event says nothing", async () => {
    const gate = await green();
    const settings = { color: "green", minCoverage: 0.5, timeoutSeconds: 60, failDeployment: true };
    const { reply } = await gate.ask(HOOK, settings);
    const { openedAt } = reply as Gate;
    expect(reply).toMatchObject({ minCoverage: 0.5, failDeployment: true, deadline: openedAt + MINUTE });
  });
});

/** Ways in which the gate function cannot open a gate: none of them is the candidate's fault. */
const OWN_FAULTS = [
  {
    fault: "no color has a manifest beside the live one",
    outcome: "gate_refused",
    breaks: ({ world }: GateFunction) => world.manifests.stored.delete("green"),
  },
  {
    fault: "the warmer was never initialised",
    outcome: "gate_refused",
    breaks: ({ world }: GateFunction) => {
      world.control.item = undefined;
    },
  },
  {
    fault: "the control item cannot be read",
    outcome: "state_unreadable",
    breaks: ({ world }: GateFunction) => {
      world.control.meets = () => "unavailable";
    },
  },
  {
    fault: "the live color cannot be read",
    outcome: "target_unreadable",
    breaks: ({ world }: GateFunction) => {
      world.liveColor.unavailable = true;
    },
  },
  {
    fault: "the table does not answer",
    outcome: "state_unreadable",
    breaks: ({ world }: GateFunction) => {
      world.manifests.unavailable = true;
    },
  },
] as const;

describe("when no gate can be opened", () => {
  it.each(OWN_FAULTS)(
    "CodeDeploy goes on and the run ends as an error: $fault",
    async ({ outcome, breaks }) => {
      const gate = await green();
      breaks(gate);
      const { report, reply } = await gate.ask(HOOK);
      expect(report).toEqual({
        outcome,
        message: expect.stringMatching(/; CodeDeploy d-1 goes on without proof$/),
      });
      expect(OUTCOMES[report.outcome].healthy).toBe(false);
      expect(reply).toBeUndefined();
      expect(gate.world.callbacks.told).toEqual([{ callback: WAITING, passed: true }]);
    },
  );

  it.each(OWN_FAULTS)("CodeDeploy is stopped if the gate is strict: $fault", async ({ breaks }) => {
    const gate = await green();
    breaks(gate);
    const { report } = await gate.ask(HOOK, strict);
    expect(report.message).toMatch(/; CodeDeploy d-1 is stopped$/);
    expect(gate.world.callbacks.told).toEqual([{ callback: WAITING, passed: false }]);
  });

  it.each(OWN_FAULTS)(
    "ECS goes on, or is stopped if the gate is strict: $fault",
    async ({ outcome, breaks }) => {
      const gate = await green();
      breaks(gate);
      const { report, reply } = await gate.ask(LOOK);
      expect(report).toEqual({
        outcome,
        message: expect.stringContaining("the release goes on without proof"),
      });
      expect(reply).toEqual({ hookStatus: "SUCCEEDED" });
      expect((await gate.ask({ ...LOOK, hookDetails: strict })).reply).toEqual({ hookStatus: "FAILED" });
    },
  );

  it("people hear of it from ECS's side too, where an error would be a rollback", async () => {
    const gate = await green();
    gate.world.manifests.stored.delete("green");
    await gate.ask(LOOK);
    await gate.world.monitor();
    expect(gate.world.notifier.heard.map(({ subject }) => subject)).toContainEqual(
      expect.stringContaining("a release was answered without proof"),
    );
  });

  it("says in its log that nobody else hears of it when the state is gone", async () => {
    const gate = await green();
    gate.world.control.meets = () => "unavailable";
    expect((await gate.ask(LOOK)).report.message).toMatch(/; this line is all that tells of it$/);
  });

  it("tells both faults when CodeDeploy cannot be told either", async () => {
    const gate = await green();
    gate.world.manifests.stored.delete("green");
    gate.world.callbacks.fails = true;
    expect(await gate.ask(HOOK)).toEqual({
      report: {
        outcome: "callback_failed",
        message: expect.stringMatching(
          /^CodeDeploy could not be told: AccessDenied.*; no gate was opened: no color/,
        ),
      },
    });
  });

  it("names an unexpected error by its kind and quotes nothing of it", async () => {
    const gate = await green();
    const clash = Object.assign(new Error("prompt text"), { name: "TypeError" });
    gate.world.gates.get = async () => {
      throw clash;
    };
    const { report } = await gate.ask(HOOK);
    expect(report).toMatchObject({
      outcome: "failed",
      message: expect.stringMatching(/^an unexpected TypeError; /),
    });
    expect(report.message).not.toContain("prompt text");
  });
});

describe("a fault after the gate was written", () => {
  it("leaves CodeDeploy's answer to the tick, and is heard of", async () => {
    const gate = await green();
    gate.deaf = true;
    const { report, reply } = await gate.ask(HOOK);
    expect(report.message).toMatch(/^an unexpected AccessDeniedException; the gate codedeploy-\w+ is open/);
    expect(reply).toBeUndefined();
    expect(gate.world.callbacks.told).toEqual([]);
    await gate.world.tick();
    expect(gate.world.callbacks.told).toEqual([{ callback: WAITING, passed: true }]);
  });

  it("lets ECS look again", async () => {
    const gate = await green();
    gate.deaf = true;
    const { report, reply } = await gate.ask(LOOK);
    expect(OUTCOMES[report.outcome].healthy).toBe(false);
    expect(reply).toMatchObject({ hookStatus: "IN_PROGRESS" });
    await gate.world.tick();
    expect((await gate.ask(LOOK)).reply).toEqual({ hookStatus: "SUCCEEDED" });
  });

  it("is mended by the next look when the control item never heard of the gate", async () => {
    const gate = await green();
    gate.world.control.failNext("write", "unavailable");
    expect((await gate.ask(LOOK)).reply).toEqual({ hookStatus: "SUCCEEDED" });
    // The newest color beside the live one is blue now; the gate keeps its own.
    await gate.world.flip("green");
    expect((await gate.ask(LOOK)).reply).toMatchObject({ hookStatus: "IN_PROGRESS" });
    expect(gate.world.control.control.candidate).toMatchObject({ color: "green" });
  });
});

describe("a hook of ECS", () => {
  it("is told to look again in ten seconds until the candidate is proven", async () => {
    const gate = await green();
    expect((await gate.ask(LOOK)).reply).toEqual({ hookStatus: "IN_PROGRESS", callBackDelay: 10 });
    expect(await gate.ask(LOOK)).toMatchObject({
      report: { outcome: "gate_open" },
      reply: { hookStatus: "IN_PROGRESS" },
    });
    expect(gate.started).toHaveLength(1);
    await gate.warm();
    expect(await gate.ask(LOOK)).toMatchObject({
      report: { outcome: "gate_answered", message: expect.stringContaining("1 of 1 required prefixes") },
      reply: { hookStatus: "SUCCEEDED" },
    });
  });

  it("fails for a candidate that is proven cold", async () => {
    const gate = await coldGreen();
    await gate.ask({ ...LOOK, hookDetails: { timeoutSeconds: 60 } });
    await gate.warm();
    await gate.world.minutes(2);
    expect((await gate.ask(LOOK)).reply).toEqual({ hookStatus: "FAILED" });
  });

  it.each([
    [false, "SUCCEEDED"],
    [true, "FAILED"],
  ] as const)(
    "whose warm function is dead (failDeployment %s) ends as %s, 90 s past its deadline",
    async (failDeployment, hookStatus) => {
      const gate = await green();
      const look = { ...LOOK, hookDetails: { timeoutSeconds: 60, failDeployment } };
      await gate.ask(look);
      await gate.world.pass(MINUTE + 90 * SECOND - 1);
      expect((await gate.ask(look)).reply).toMatchObject({ hookStatus: "IN_PROGRESS" });
      await gate.world.pass(1);
      expect(await gate.ask(look)).toMatchObject({
        report: { outcome: "gate_unanswered" },
        reply: { hookStatus },
      });
      expect(gate.world.control.control.candidate).toBeUndefined();
      expect(gate.world.control.control.news).toHaveLength(1);
      // The answer stands: another look says the same, and nobody is told twice.
      expect(await gate.ask(look)).toMatchObject({
        report: { outcome: "gate_answered" },
        reply: { hookStatus },
      });
      expect(gate.world.control.control.news).toHaveLength(1);
    },
  );

  it("at another stage goes on, and is reported", async () => {
    const gate = await green();
    const { report, reply } = await gate.ask({ ...LOOK, lifecycleStage: "PRODUCTION_TRAFFIC_SHIFT" });
    expect(report.outcome).toBe("bad_event");
    expect(reply).toEqual({ hookStatus: "SUCCEEDED" });
    expect(gate.world.control.control.candidate).toBeUndefined();
  });
});

describe("an invocation", () => {
  it("opens a gate under its run's id, and looks at it by that id until it passes", async () => {
    const gate = await green();
    const { reply: opened } = await gate.ask({ color: "green" });
    expect(opened).toMatchObject({ id: "gate-run-1", color: "green" });
    expect(opened).not.toHaveProperty("passes");
    const { reply } = await gate.ask({ id: "gate-run-1" });
    expect(reply).toEqual(opened);
    await gate.warm();
    expect((await gate.ask({ id: "gate-run-1" })).reply).toMatchObject({
      answer: { result: "warm" },
      progress: { warm: 1, required: 1 },
      passes: true,
    });
  });

  it.each([
    ["an unknown color", { color: "red" }, /color must be one of blue, green, got "red"/],
    ["a share of nothing", { minCoverage: 0 }, /minCoverage must be above 0/],
    ["too long a wait", { timeoutSeconds: 3_601 }, /timeout must be 1 to 3600 seconds, got 3601/],
    ["a gate that nobody opened", { id: "gate-9" }, /there is no gate "gate-9"/],
  ])("with %s is refused in words, not as an error", async (_what, event, words) => {
    const gate = await green();
    const { report, reply } = await gate.ask(event);
    expect(report.outcome).toBe("gate_refused");
    expect(reply).toEqual({ refused: expect.stringMatching(words) });
  });

  it("that is not understood ends as an error", async () => {
    const gate = await green();
    expect(await gate.ask({ source: "aws.events" })).toEqual({
      report: { outcome: "bad_event", message: 'event has no "source"' },
    });
  });

  it("meets unreadable state as an error", async () => {
    const gate = await green();
    gate.world.control.meets = () => "unavailable";
    await expect(gate.ask({ color: "green" })).rejects.toThrow("TimeoutError");
  });
});
