import { describe, expect, it } from "vitest";
import {
  KeyUnreadable,
  ManifestDamaged,
  Refused,
  StateUnreadable,
  TargetUnreadable,
} from "../../lib/app/errors.ts";
import { faultOf, standing, tryToOpen } from "../../lib/app/gate-standing.ts";
import type { Outcome } from "../../lib/core/outcome.ts";
import type { GateSettings } from "../../lib/core/release/gate-event.ts";
import { Worker } from "../support/memory/scheduler.ts";
import { CONFIG, MemoryWorld, MINUTE, SECOND } from "../support/memory/world.ts";
import { aPrompt } from "../support/prompts.ts";

const OPENING = { id: "gate-1", by: "CodeDeploy d-1" };

/** What the stack says where nobody asks for anything else. */
const GATE = { minCoverage: 0.8, timeoutMs: 7 * MINUTE, failDeployment: true };
const STACK = { ...CONFIG, colors: ["blue", "green", "canary"], gate: GATE };

/** Blue is live; green is published, and canary after it. */
class Desk {
  readonly world: MemoryWorld;
  /** Events with which the warm cycle was asked for. */
  readonly started: unknown[] = [];
  /** Whether it cannot be asked. */
  deaf = false;
  config = STACK;

  private constructor(world: MemoryWorld) {
    this.world = world;
  }

  static async open(): Promise<Desk> {
    const world = await MemoryWorld.live([aPrompt("support", { tokens: 600 })], { config: STACK });
    for (const color of ["green", "canary"]) {
      await world.pass(SECOND);
      await world.publish(color, color, [aPrompt("support", { words: color, tokens: 600 })]);
    }
    return new Desk(world);
  }

  standing(settings: GateSettings = {}) {
    return standing(this.#ports(), this.config, OPENING, settings);
  }

  tryToOpen(settings: GateSettings = {}) {
    return tryToOpen(this.#ports(), this.config, OPENING, settings);
  }

  get named(): readonly string[] {
    return this.world.control.control.candidate?.gates ?? [];
  }

  /** As if whoever opened the gate had died before the control item named it. */
  forget(): void {
    this.world.control.edit(({ candidate: _candidate, ...control }) => control);
  }

  #ports() {
    const { control, gates, liveColor, manifests, events } = this.world;
    const start = async (event: unknown) => {
      if (this.deaf) throw Object.assign(new Error("prompt text"), { name: "TooManyRequestsException" });
      this.started.push(event);
    };
    return {
      clock: new Worker(this.world.scheduler),
      control,
      gates,
      liveColor,
      manifests,
      events,
      warm: { start },
    };
  }
}

describe("a gate that is asked for", () => {
  it.each<[string, GateSettings, object]>([
    ["nothing", {}, { color: "canary", ...GATE }],
    ["a color", { color: "green" }, { color: "green", ...GATE }],
    ["a coverage", { minCoverage: 0.5 }, { color: "canary", ...GATE, minCoverage: 0.5 }],
    ["a time", { timeoutSeconds: 90 }, { color: "canary", ...GATE, timeoutMs: 90 * SECOND }],
    ["leniency", { failDeployment: false }, { color: "canary", ...GATE, failDeployment: false }],
  ])("with %s takes the rest from the stack, and the newest color", async (_what, settings, expected) => {
    const desk = await Desk.open();
    const { color, minCoverage, failDeployment, openedAt, deadline } = await desk.standing(settings);
    expect({ color, minCoverage, failDeployment, timeoutMs: deadline - openedAt }).toEqual(expected);
    expect(openedAt).toBe(desk.world.now);
    expect(desk.named).toEqual(["gate-1"]);
    expect(desk.started).toHaveLength(1);
  });

  it("again is as it stands: nothing is written, and no run is asked for", async () => {
    const desk = await Desk.open();
    const gate = await desk.standing({ color: "green" });
    await desk.world.pass(SECOND);
    const { item } = desk.world.control;
    expect(await desk.standing({ color: "canary", minCoverage: 0.1 })).toEqual(gate);
    expect(desk.world.control.item).toBe(item);
    expect(desk.started).toHaveLength(1);
  });
});

describe("a gate whose opening broke off", () => {
  it.each([
    { left: 1, isMended: true },
    { left: 0, isMended: false },
    { left: -1, isMended: false },
  ])(
    "is brought to the warm cycle before its deadline only: $left ms left, $isMended",
    async ({ left, isMended }) => {
      const desk = await Desk.open();
      const gate = await desk.standing({ timeoutSeconds: 60 });
      desk.forget();
      await desk.world.pass(MINUTE - left);
      expect(await desk.standing()).toEqual(gate);
      expect(desk.named).toEqual(isMended ? ["gate-1"] : []);
      expect(desk.started).toHaveLength(isMended ? 2 : 1);
    },
  );

  it("keeps its color and its deadline, whatever is asked for now", async () => {
    const desk = await Desk.open();
    const gate = await desk.standing({ color: "green", minCoverage: 0.5 });
    desk.forget();
    await desk.world.pass(MINUTE);
    const asked = { color: "canary", minCoverage: 1, timeoutSeconds: 3_600, failDeployment: false };
    expect(await desk.standing(asked)).toEqual(gate);
    expect(desk.world.control.control.candidate).toEqual({
      color: "green",
      gates: ["gate-1"],
      until: gate.deadline,
    });
  });

  it("is left alone once it has its answer, though the stack knows its color no more", async () => {
    const desk = await Desk.open();
    const gate = await desk.standing();
    const answered = {
      ...gate,
      answer: { result: "cold", reason: "too small", at: desk.world.now },
    } as const;
    await desk.world.gates.put(answered);
    desk.forget();
    desk.config = { ...STACK, colors: ["blue", "green"] };
    expect(await desk.standing()).toEqual(answered);
    expect(desk.named).toEqual([]);
    expect(desk.started).toHaveLength(1);
  });

  it("beside another gate on its color is not taken for that one", async () => {
    const desk = await Desk.open();
    await desk.standing();
    const rename = (gates: readonly string[]) => gates.map(() => "gate-2");
    desk.world.control.edit(({ candidate, ...control }) =>
      candidate === undefined
        ? control
        : { ...control, candidate: { ...candidate, gates: rename(candidate.gates) } },
    );
    await desk.standing();
    expect(desk.named).toEqual(["gate-2", "gate-1"]);
  });
});

describe("an attempt to open a gate", () => {
  it("that works tells of no fault", async () => {
    const desk = await Desk.open();
    const opened = await desk.tryToOpen();
    expect(opened).toEqual({ gate: await desk.world.gates.get("gate-1") });
  });

  it("that is refused leaves no gate", async () => {
    const desk = await Desk.open();
    const message = 'color must be one of blue, green, canary, got "red"';
    expect(await desk.tryToOpen({ color: "red" })).toEqual({ fault: { outcome: "gate_refused", message } });
  });

  it("that fails once the warm cycle knows of the gate leaves it open, and tells of the fault", async () => {
    const desk = await Desk.open();
    desk.deaf = true;
    expect(await desk.tryToOpen()).toEqual({
      gate: await desk.world.gates.get("gate-1"),
      fault: { outcome: "failed", message: "an unexpected TooManyRequestsException" },
    });
    expect(desk.named).toEqual(["gate-1"]);
  });

  it("that fails before the warm cycle knows of the gate leaves it to nobody", async () => {
    const desk = await Desk.open();
    desk.world.control.failNext("write", "unavailable");
    const message = "writing the control item: TimeoutError";
    expect(await desk.tryToOpen()).toEqual({ fault: { outcome: "state_unreadable", message } });
    expect(await desk.world.gates.get("gate-1")).toBeDefined();
  });

  it.each([
    { what: "before `warmer init`", asks: 0 },
    { what: "after the control item was lost", asks: 1 },
  ])("$what is refused", async ({ asks }) => {
    const desk = await Desk.open();
    for (let i = 0; i < asks; i++) await desk.tryToOpen();
    desk.world.control.item = undefined;
    const message = "there is no control item yet; run `warmer init` first";
    expect(await desk.tryToOpen()).toEqual({ fault: { outcome: "gate_refused", message } });
  });

  it("tells of the first fault where the state cannot be read afterwards either", async () => {
    const desk = await Desk.open();
    desk.deaf = true;
    await desk.tryToOpen();
    desk.world.control.meets = () => "unavailable";
    desk.world.gates.get = () => Promise.reject(new ManifestDamaged("the first fault"));
    expect(await desk.tryToOpen()).toEqual({
      fault: { outcome: "manifest_damaged", message: "the first fault" },
    });
  });
});

describe("the fault of an opening", () => {
  it.each<[Error, Outcome]>([
    [new Refused("not like this"), "gate_refused"],
    [new StateUnreadable("the table is away"), "state_unreadable"],
    [new TargetUnreadable("the parameter is away"), "target_unreadable"],
    [new ManifestDamaged("green is damaged"), "manifest_damaged"],
  ])("is told in its own words: %s", (error, outcome) => {
    expect(faultOf(error)).toEqual({ outcome, message: error.message });
  });

  it.each<[unknown, string]>([
    [new TypeError("a prompt's text"), "TypeError"],
    [new KeyUnreadable("a key's path"), "KeyUnreadable"],
    ["a prompt's text", "string"],
    [undefined, "undefined"],
  ])("that nobody foresaw is told by its kind, and quotes nothing: %s", (error, kind) => {
    expect(faultOf(error)).toEqual({ outcome: "failed", message: `an unexpected ${kind}` });
  });
});
