import { describe, expect, it } from "vitest";
import { aPrompt } from "../support/prompts.ts";
import { CONFIG, MINUTE, type World } from "../support/world.ts";
import { ended, expectHealth, type Fault, nextInstant, play } from "./fault.ts";
import { sharedWorld } from "./shared-world.ts";
import { damage, type Item, sortKeys } from "./state.ts";

const world = sharedWorld([aPrompt("support"), aPrompt("triage")]);
const green = [aPrompt("support", { words: "green support" }), aPrompt("triage")];

const operator = ({ engine }: World) => ({ at: engine.now(), caller: "operator" });

/** Writes the live color past `warmer flip`, which would refuse it. @returns writes blue again */
function setColor(there: World, value: string): () => unknown {
  const write = (Value: string) =>
    there.engine.ssm.put(
      { Name: CONFIG.liveColorParameter, Value, Type: "String", Overwrite: true },
      operator(there),
    );
  write(value);
  return () => write("blue");
}

const FAULTS: readonly (Omit<Fault, "alarm"> & { what: string })[] = [
  {
    what: "a live color that is deleted",
    breaks: (there) => {
      there.engine.ssm.delete(CONFIG.liveColorParameter, operator(there));
      return () => there.warmer.operator.liveColor.create("blue");
    },
    outcome: "no_target",
    says: /^\/support\/test\/live-color does not exist; run `warmer init --color COLOR`$/,
  },
  {
    what: "a live color that is blank",
    breaks: (there) => setColor(there, " "),
    outcome: "empty_color",
    says: /^\/support\/test\/live-color is empty; expected one of blue, green$/,
  },
  {
    what: "a live color that nobody configured",
    breaks: (there) => setColor(there, "purple"),
    outcome: "unknown_color",
    says: /^live-color must be one of blue, green, got "purple"$/,
  },
  {
    what: "a live color that SSM does not give, although it was read before",
    breaks: ({ engine }) => engine.faults.inject({ kind: "unavailable", service: "ssm" }),
    outcome: "target_unreadable",
    says: /^\/support\/test\/live-color could not be read: ServiceUnavailable$/,
  },
  {
    what: "a color without a manifest",
    breaks: (there) => setColor(there, "green"),
    outcome: "no_manifest",
    says: /^green has no manifest; run `warmer publish --color green …`$/,
  },
  {
    what: "a manifest with a damaged header",
    breaks: (there) =>
      damage(there, { pk: "manifest#blue", sk: "header" }, (item) => ({
        ...item,
        header: { ...(item["header"] as Item), digest: 7 },
      })),
    outcome: "manifest_damaged",
    says: /^the header of blue's manifest is damaged; publish the release again$/,
  },
];

describe("a target that cannot be resolved", () => {
  it.each(FAULTS)("warms nothing, pages, and is followed again once mended: $what", async (fault) => {
    const { touched } = await play(world(), { ...fault, alarm: "TargetUnresolved" });
    expect(touched).toEqual([]);
  });

  it.each(["BLUE", " blue", "blue\n", "blue,green", "../green", "https://x", "*"])(
    "is a live color that is not spelled exactly as configured: %j",
    async (value) => {
      const from = nextInstant(world());
      const mend = setColor(world(), value);
      await world().pass(MINUTE);
      expect(new Set(ended(world(), from).map(({ outcome, message }) => `${outcome}: ${message}`))).toEqual(
        new Set([`unknown_color: live-color must be one of blue, green, got ${JSON.stringify(value)}`]),
      );
      expect(world().touches(from)).toEqual([]);
      mend();
      await world().pass(3 * MINUTE);
    },
  );

  it("is not made of SSM throttling one run: three tries, and nobody is paged", async () => {
    const { engine } = world();
    const from = nextInstant(world());
    const mend = engine.faults.inject({ kind: "throttled", service: "ssm" });
    await world().pass(MINUTE);
    mend();
    expect(ended(world(), from)).toMatchObject([
      { outcome: "target_unreadable", message: expect.stringContaining("ThrottlingException") },
    ]);
    const tries = engine.calls.filter(
      ({ at, service, caller }) => at >= from && service === "ssm" && caller.startsWith("WarmerWarm"),
    );
    expect(tries).toHaveLength(3);
    await expectHealth(world(), 5);
  });
});

describe("a manifest with damaged entries", () => {
  it("is not adopted: nothing is warmed, and every tick says why", async () => {
    await world().publish("green", "2", green);
    const [chunk = ""] = (await sortKeys(world(), "manifest#green")).filter((sk) => sk !== "header");
    const { touched } = await play(world(), {
      breaks: async (there) => {
        await damage(there, { pk: "manifest#green", sk: chunk }, (item) => ({
          ...item,
          data: new Uint8Array([1, 2, 3]),
        }));
        await there.flip("green");
        return () => there.flip("blue");
      },
      outcome: "manifest_damaged",
      says: /^the manifest of green does not match its digest; publish the release again$/,
      alarm: "WarmErrors",
    });
    expect(touched).toEqual([]);
  });
});
