import { describe, expect, it } from "vitest";
import { aPrompt } from "../support/prompts.ts";
import { CONFIG, MINUTE, type World } from "../support/world.ts";
import { ended, expectHealth, type Fault, play } from "./fault.ts";
import { sharedWorld } from "./shared-world.ts";
import { damage, sortKeys } from "./state.ts";

const blue = [aPrompt("support"), aPrompt("triage")];
const green = [aPrompt("support", { words: "green support" }), aPrompt("triage")];
const world = sharedWorld(blue);

const operator = ({ engine }: World) => ({ at: engine.now(), caller: "operator" });
const setColor = (value: string) => (there: World) =>
  there.engine.ssm.put(
    { Name: CONFIG.liveColorParameter, Value: value, Type: "String", Overwrite: true },
    operator(there),
  );

type ColorFault = Pick<Fault, "what" | "breaks" | "outcome" | "says">;
const unknown = (value: string, shown: string): ColorFault => ({
  what: `"${shown}"`,
  breaks: setColor(value),
  outcome: "unknown_color",
  says: new RegExp(`^live-color must be one of blue, green, got "${shown.replaceAll("\\", "\\\\")}"$`),
});

const COLOR_FAULTS: readonly ColorFault[] = [
  {
    what: "deleted",
    breaks: (there) => there.engine.ssm.delete(CONFIG.liveColorParameter, operator(there)),
    outcome: "no_target",
    says: /^\/support\/test\/live-color does not exist; run `warmer init --color COLOR`$/,
  },
  {
    what: "blank",
    breaks: setColor(" "),
    outcome: "empty_color",
    says: /^\/support\/test\/live-color is empty; expected one of blue, green$/,
  },
  unknown("purple", "purple"),
  unknown("BLUE", "BLUE"),
  unknown(" blue", " blue"),
  unknown("blue\n", "blue\\n"),
  unknown("../green", "../green"),
  unknown("https://x", "https://x"),
  {
    what: "a color without a manifest",
    breaks: setColor("green"),
    outcome: "no_manifest",
    says: /^green has no manifest; run `warmer publish --color green …`$/,
  },
];

describe("a live color", () => {
  it.each(COLOR_FAULTS)("that is $what warms nothing, pages, and is followed again once mended", async (fault) => {
    const { from, until } = await play(world(), {
      ...fault,
      mends: setColor("blue"),
      alarm: "TargetUnresolved",
    });
    expect(world().touches(from).filter(({ at }) => at < until)).toEqual([]);
  });

  it("that SSM does not give is unreadable, and never the last one read", async () => {
    let mend = () => {};
    const { from, until } = await play(world(), {
      what: "unavailable",
      breaks: ({ engine }) => {
        mend = engine.faults.inject({ kind: "unavailable", service: "ssm" });
      },
      mends: () => mend(),
      outcome: "target_unreadable",
      says: /^\/support\/test\/live-color could not be read: ServiceUnavailable$/,
      alarm: "TargetUnresolved",
    });
    expect(world().touches(from).filter(({ at }) => at < until)).toEqual([]);
  });

  it("that SSM throttles three times costs one run, and pages nobody", async () => {
    const { engine } = world();
    const from = engine.now();
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

describe("a manifest", () => {
  it.each([
    { what: "has no digest", header: { digest: 7 } },
    { what: "has no count", header: { required: "2" } },
    { what: "is missing", header: undefined },
  ])("whose header $what warms nothing, pages, and is followed again once mended", async ({ header }) => {
    let mend = async () => {};
    const { from, until } = await play(world(), {
      what: "damaged",
      breaks: async (there) => {
        mend = await damage(there, { pk: "manifest#blue", sk: "header" }, (item) => ({
          ...item,
          header: header && { ...(item["header"] as object), ...header },
        }));
      },
      mends: () => mend(),
      outcome: "manifest_damaged",
      says: /^the header of blue's manifest is damaged; publish the release again$/,
      alarm: "TargetUnresolved",
    });
    expect(world().touches(from).filter(({ at }) => at < until)).toEqual([]);
  });

  it.each([
    { what: "another's bytes", data: (bytes: Uint8Array) => bytes.map((byte) => byte ^ 1) },
    { what: "cut short", data: (bytes: Uint8Array) => bytes.subarray(0, 20) },
  ])("whose entries are $what is not adopted", async ({ data }) => {
    await world().publish("green", "2", green);
    const [chunk = ""] = (await sortKeys(world(), "manifest#green")).filter((sk) => sk !== "header");
    const { from, until } = await play(world(), {
      what: "damaged",
      breaks: async (there) => {
        await damage(there, { pk: "manifest#green", sk: chunk }, (item) => ({
          ...item,
          data: data(item["data"] as Uint8Array),
        }));
        await there.flip("green");
      },
      mends: (there) => there.flip("blue"),
      outcome: "manifest_damaged",
      says: /^the manifest of green does not match its digest; publish the release again$/,
      alarm: "WarmErrors",
    });
    expect(world().touches(from).filter(({ at }) => at < until)).toEqual([]);
  });
});
