import { beforeEach, describe, expect, it } from "vitest";
import { Refused, StateUnreadable } from "../../lib/app/errors.ts";
import { type PublishRequest, publishRelease } from "../../lib/app/publish.ts";
import { manifestDigest } from "../../lib/core/manifest.ts";
import { HOUR, MemoryWorld, MINUTE } from "../support/memory/world.ts";
import { aPrompt, type TestPrompt } from "../support/prompts.ts";

const OLD = aPrompt("support", { words: "old support" });
const NEW = aPrompt("support", { words: "new support" });
const TRIAGE = aPrompt("triage");

let world: MemoryWorld;
beforeEach(() => {
  world = new MemoryWorld();
});

function publish(color: string, prompts: readonly TestPrompt[], rest: Partial<PublishRequest> = {}) {
  const { manifests, liveColor, events } = world;
  const ports = { clock: { now: () => world.now }, manifests, liveColor, events };
  return publishRelease(ports, world.config, { color, release: "2", prompts, by: "olivia", ...rest });
}

const serves = (color: string) => world.manifests.stored.get(color)?.release;
const marks = () => [...world.events.stored.values()];

/** Blue is live with the old support prompt. */
async function live() {
  await world.init("blue");
  await world.publish("blue", "1", [OLD]);
  world.events.stored.clear();
}

describe("publishing for the live color", () => {
  beforeEach(live);

  it("is refused if it changes what is served, and stores nothing", async () => {
    const refused = publish("blue", [NEW]);
    await expect(refused).rejects.toThrow(Refused);
    await expect(refused).rejects.toThrow(/blue is live with release 1.* repeat with --live/);
    expect(serves("blue")).toBe("1");
    expect(marks()).toEqual([]);
  });

  it("is refused also for one prompt more", async () => {
    await expect(publish("blue", [OLD, TRIAGE])).rejects.toThrow(Refused);
  });

  it("is done with --live, and compared once: before and live are the same", async () => {
    const report = await publish("blue", [NEW], { live: true });
    expect(serves("blue")).toBe("2");
    expect(report.previous).toMatchObject({ kind: "compared", color: "blue", release: "1" });
    expect(report).not.toHaveProperty("live");
    expect(report).toMatchObject({ unchanged: false, toFill: ["support"] });
  });

  it("is done if nothing changes but the release's id, and marks nothing", async () => {
    const report = await publish("blue", [OLD], { release: "1b" });
    expect(report).toMatchObject({ stored: true, unchanged: true, toFill: [], predictedFillCost: 0 });
    expect(serves("blue")).toBe("1b");
    expect(marks()).toEqual([]);
  });

  it("mends a damaged manifest without --live: nothing is kept warm by it", async () => {
    const stored = world.manifests.stored.get("blue");
    if (stored === undefined) throw new Error("blue serves nothing");
    world.manifests.stored.set("blue", { ...stored, entries: [] });
    const report = await publish("blue", [NEW]);
    expect(report.previous).toMatchObject({ kind: "damaged", color: "blue" });
    expect(report).toMatchObject({ unchanged: false, toFill: ["support"] });
    expect(world.manifests.stored.get("blue")).toEqual(report.manifest);
  });
});

describe("publishing for another color", () => {
  beforeEach(live);

  it("is compared with what that color served before, and with the live one", async () => {
    await world.publish("green", "0", [TRIAGE]);
    const { previous, live: toLive, toFill } = await publish("green", [NEW, TRIAGE]);
    expect(previous).toMatchObject({
      color: "green",
      release: "0",
      diff: { equal: ["triage"], added: ["support"] },
    });
    const first = { path: "system[0].text", byte: "You answer for the ".length };
    expect(toLive).toMatchObject({
      color: "blue",
      release: "1",
      diff: { changed: [{ name: "support", diff: { first } }], added: ["triage"] },
    });
    // Green's old release is not kept warm: what the live color does not serve must be filled.
    expect(toFill).toEqual(["support", "triage"]);
  });

  it("predicts nothing for what the live color keeps warm, under whatever name", async () => {
    const renamed = { ...OLD, name: "desk" };
    const report = await publish("green", [renamed, TRIAGE]);
    const alone = await publish("green", [TRIAGE], { dryRun: true });
    expect(report.toFill).toEqual(["triage"]);
    expect(report.predictedFillCost).toBe(alone.predictedFillCost);
    expect(report.predictedFillCost).toBeGreaterThan(0);
  });

  it("has nothing to compare with before its first release", async () => {
    const { previous } = await publish("green", [NEW]);
    expect(previous).toEqual({ kind: "none", color: "green" });
  });

  it("needs no manifest of the live color", async () => {
    world.manifests.stored.delete("blue");
    const report = await publish("green", [OLD]);
    expect(report.live).toEqual({ kind: "none", color: "blue" });
    expect(report.toFill).toEqual(["support"]);
  });

  it("goes on where the live color's manifest is damaged, and says so", async () => {
    const stored = world.manifests.stored.get("blue");
    if (stored === undefined) throw new Error("blue serves nothing");
    world.manifests.stored.set("blue", { ...stored, digest: manifestDigest([]) });
    expect((await publish("green", [NEW])).live).toMatchObject({ kind: "damaged", color: "blue" });
  });

  it("goes on where a stored body is damaged: that prompt is not compared", async () => {
    world.manifests.bodyOf.clear();
    const { live: toLive } = await publish("green", [NEW]);
    expect(toLive).toMatchObject({ diff: { changed: [{ name: "support", order: [] }] } });
  });
});

describe("a live color that nobody can tell", () => {
  const unclear = [
    ["cannot be read", () => Object.assign(world.liveColor, { unavailable: true }), /TimeoutError/],
    ["is empty", () => Object.assign(world.liveColor, { value: " " }), /is empty; mend it/],
    ["is not configured", () => Object.assign(world.liveColor, { value: "purple" }), /got "purple"; mend it/],
  ] as const;

  it.each(unclear)("because it %s: a change is refused, unless with --live", async (_what, damage, says) => {
    await live();
    damage();
    await expect(publish("blue", [NEW])).rejects.toThrow(says);
    await expect(publish("blue", [NEW])).rejects.toThrow(Refused);
    expect(serves("blue")).toBe("1");
    const report = await publish("blue", [NEW], { live: true });
    expect(report.notes).toEqual([expect.stringMatching(says)]);
    expect(report).not.toHaveProperty("live");
  });

  it.each(unclear)("because it %s holds up no first release and no identical one", async (_what, damage) => {
    await live();
    damage();
    expect((await publish("blue", [OLD])).unchanged).toBe(true);
    expect((await publish("green", [NEW])).stored).toBe(true);
  });

  it("because it does not exist yet is told, and holds up nothing", async () => {
    await publish("blue", [OLD]);
    const report = await publish("blue", [NEW]);
    expect(report.notes).toEqual([expect.stringMatching(/live-color does not exist: run `warmer init/)]);
    expect(report.predictedFillCost).toBeGreaterThan(0);
  });
});

describe("the known event of a publish", () => {
  beforeEach(live);

  it("explains fills for two hours, with what they are predicted to cost and who published", async () => {
    const { event, predictedFillCost, manifest } = await publish("green", [NEW]);
    expect(marks()).toEqual([event]);
    expect(event).toMatchObject({
      kind: "publish",
      from: world.now,
      to: world.now + 2 * HOUR,
      expectedCost: predictedFillCost,
      color: "green",
      release: "2",
      by: "olivia",
    });
    expect(event?.id).toContain(manifest.digest);
  });

  it("is marked once, however often the same release is published", async () => {
    await publish("green", [NEW]);
    await world.pass(MINUTE);
    await publish("green", [NEW]);
    expect(marks()).toHaveLength(1);
  });

  it("is marked again when the color comes back to an older release", async () => {
    for (const prompt of [NEW, TRIAGE, NEW]) {
      await publish("green", [prompt]);
      await world.pass(MINUTE);
    }
    expect(marks()).toHaveLength(3);
  });

  it("comes before the manifest: an explained fill that never comes harms nobody", async () => {
    world.manifests.publish = async () => {
      throw new StateUnreadable("writing a manifest: TimeoutError");
    };
    await expect(publish("green", [NEW])).rejects.toThrow(StateUnreadable);
    expect(marks()).toHaveLength(1);
    expect(serves("green")).toBeUndefined();
  });
});

describe("a dry run", () => {
  beforeEach(live);

  it("says all that a publish would say, and stores nothing", async () => {
    const dry = await publish("green", [NEW, TRIAGE], { dryRun: true });
    expect(serves("green")).toBeUndefined();
    expect(marks()).toEqual([]);
    expect(dry.stored).toBe(false);
    expect(await publish("green", [NEW, TRIAGE])).toEqual({ ...dry, stored: true });
  });

  it("is refused where a publish is", async () => {
    await expect(publish("blue", [NEW], { dryRun: true })).rejects.toThrow(Refused);
  });
});

describe("warnings", () => {
  const withSystem = (text: string): TestPrompt => {
    const body = {
      model: "claude-sonnet-5-5",
      tools: [{ name: "find" }, { name: "refund" }],
      system: [
        { type: "text", text: `${text} ${"Be kind. ".repeat(900)}`, cache_control: { type: "ephemeral" } },
      ],
    };
    return { name: "support", text: JSON.stringify(body), body };
  };
  const clock = withSystem("canary 2026-11-20T14:03:00Z");
  const reversed = (prompt: TestPrompt): TestPrompt => {
    const body = JSON.parse(prompt.text) as { tools: object[] };
    body.tools.reverse();
    return { ...prompt, text: JSON.stringify(body) };
  };

  it("do not hold up a release", async () => {
    const { lints, stored } = await publish("blue", [clock]);
    expect(stored).toBe(true);
    expect(lints).toMatchObject([{ name: "support", path: "system[0].text", byte: 7, code: "timestamp" }]);
  });

  it("refuse it with --strict, which stores nothing and quotes nothing", async () => {
    const refused = await publish("blue", [clock], { strict: true }).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(Refused);
    expect(String(refused)).toContain("support: system[0].text at byte 7: timestamp:");
    expect(String(refused)).not.toMatch(/canary|2026/);
    expect(world.manifests.stored.size + marks().length).toBe(0);
  });

  it("let a clean release pass with --strict", async () => {
    expect((await publish("blue", [OLD], { strict: true })).lints).toEqual([]);
  });

  it("tell the same tools in another order once, though both comparisons see it", async () => {
    const plain = withSystem("Hello.");
    await world.init("blue");
    await publish("blue", [plain]);
    await publish("green", [plain]);
    const { lints } = await publish("green", [reversed(plain)]);
    expect(lints).toMatchObject([{ name: "support", path: "tools[0]", code: "tool_order" }]);
  });

  it("and everything else that a publish returns quote no prompt", async () => {
    await world.init("blue");
    await publish("blue", [withSystem("canary one")]);
    const report = await publish("green", [reversed(clock)]);
    expect(JSON.stringify(report)).not.toContain("canary");
    expect(JSON.stringify(report)).not.toContain("2026-11-20T14");
  });
});
