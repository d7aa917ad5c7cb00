import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { makeRelease } from "../../lib/app/release.ts";
import { retireColor } from "../../lib/app/retire.ts";
import { aPrompt, type TestPrompt } from "../support/prompts.ts";
import { CONFIG, MINUTE, type World } from "../support/world.ts";
import { ended, expectHealth, nextInstant, standing } from "./fault.ts";
import { fills, flipByOperator, stateOf, writeColor } from "./release-acts.ts";
import { sharedWorld } from "./shared-world.ts";
import { damage, sortKeys } from "./state.ts";

const world = sharedWorld([aPrompt("support"), aPrompt("triage")]);

/** A release of green that nobody has published before. */
const release = (words: string): TestPrompt[] => [aPrompt("support", { words }), aPrompt("triage")];

/** Stops a publish between the entries and the header. */
async function publishHalf(there: World, prompts: readonly TestPrompt[]): Promise<void> {
  const { engine, warmer } = there;
  const { manifest, bodies } = makeRelease(CONFIG, "green", "half", prompts, engine.now());
  const mend = engine.faults.inject({ kind: "denied", service: "dynamodb", operation: "PutItem" });
  await expect(warmer.operator.manifests.publish(manifest, bodies)).rejects.toThrow(
    "writing a manifest's header: AccessDeniedException",
  );
  mend();
}

async function entryOfGreen(there: World, name: string) {
  const { manifests } = there.warmer.operator;
  const header = await manifests.header("green");
  const entries = header === undefined ? [] : await manifests.entries(header);
  return { digest: header?.digest ?? "", body: entries.find((entry) => entry.name === name)?.bodyDigest };
}

interface BadFlip {
  readonly what: string;
  readonly to: string;
  readonly says: RegExp;
  /** What makes it bad. */
  readonly prepare?: (there: World) => Promise<unknown>;
}

/** In this order: green has no manifest before it has a damaged one. */
const BAD_FLIPS: readonly BadFlip[] = [
  { what: "an unknown color", to: "purple", says: /^the color must be one of blue, green, got "purple"$/ },
  { what: "the live color", to: "blue", says: /^blue is live already \(version 1\)$/ },
  {
    what: "a color without a manifest",
    to: "green",
    says: /^green has no manifest; run `warmer publish --color green --release ID prompts\/…` first$/,
  },
  {
    what: "a color whose first manifest is half written",
    to: "green",
    prepare: (there) => publishHalf(there, release("half")),
    says: /^green has no manifest; run `warmer publish --color green --release ID prompts\/…` first$/,
  },
  {
    what: "a color whose manifest has lost a part",
    to: "green",
    prepare: async (there) => {
      await there.publish("green", "2", release("lost"));
      const { digest } = await entryOfGreen(there, "support");
      const [sk = ""] = (await sortKeys(there, "manifest#green")).filter((key) => key.startsWith(digest));
      await damage(there, { pk: "manifest#green", sk }, () => undefined);
    },
    says: /^the manifest of green does not match its digest; publish the release again$/,
  },
  {
    what: "a color with a stored prompt that does not match its fingerprint",
    to: "green",
    prepare: async (there) => {
      await there.publish("green", "3", release("changed"));
      const pk = `body#${(await entryOfGreen(there, "support")).body}`;
      const [sk = ""] = await sortKeys(there, pk);
      // Sound in itself, and the text of another prompt.
      const data = gzipSync(JSON.stringify(aPrompt("intruder").body));
      await damage(there, { pk, sk }, (item) => ({ ...item, data }));
    },
    says: /^green is cold: 1 of 2 required prefixes are proven warm; support: a stored prompt does not match its digest; the live color is still blue$/,
  },
];

describe("a flip to", () => {
  it.each(BAD_FLIPS)(
    "$what is refused in words; switch, state and warmth stay",
    async ({ to, says, prepare }) => {
      const there = world();
      await expectHealth(there, 1);
      await prepare?.(there);
      const before = await stateOf(there);
      const from = nextInstant(there);
      await expect(flipByOperator(there, { to, timeoutSeconds: 20 })).rejects.toThrow(says);
      await expectHealth(there, 1);
      expect(await there.warmer.operator.liveColor.read()).toMatchObject({ value: "blue", version: 1 });
      await expectServed(there, before);
      expect(fills(there, from)).toEqual([]);
    },
  );
});

describe("a half-written manifest", () => {
  it("leaves the release before it in place, which a flip then makes live", async () => {
    const there = world();
    await there.publish("green", "4", release("sound"));
    await publishHalf(there, release("half again"));
    await flipByOperator(there, { to: "green" });
    await there.pass(MINUTE);
    expect((await stateOf(there)).control.serving).toMatchObject({ color: "green", release: "4" });
    await flipByOperator(there, { to: "blue" });
    await expectHealth(there, 1);
    // Or the next flip to green would be a rollback, which asks no gate.
    await retireColor(there.warmer.operator, CONFIG, "green", "retire");
  });
});

describe("a parameter that was edited to garbage", () => {
  it("changes nothing that the warmer knows: once mended, the live color is warm without a fill", async () => {
    const there = world();
    const from = nextInstant(there);
    const before = await stateOf(there);
    for (const garbage of ['{"color":"green"}', "green; rm -rf /", "\u0000", "x".repeat(4_096)]) {
      writeColor(there, garbage);
      await there.pass(20_000);
    }
    const bad = ended(there, from).filter(({ outcome }) => outcome === "unknown_color");
    expect(bad.length).toBeGreaterThanOrEqual(4);
    for (const { message } of bad) {
      expect(message).toMatch(/^live-color must be one of blue, green, got "/);
      expect(message.length).toBeLessThan(120);
    }
    expect(there.touches(from)).toEqual([]);
    await expectServed(there, before);
    expect((await stateOf(there)).prefixes).toEqual(before.prefixes);

    writeColor(there, "blue");
    await there.pass(5 * MINUTE);
    expect(standing(there)).toEqual([]);
    await expectServed(there, before);
    expect(fills(there, from)).toEqual([]);
  });
});

describe("two flips at once", () => {
  it("by two operators: the one whose gate was still open is refused, and the other one's color is warm", async () => {
    const there = world();
    await there.publish("green", "5", release("contested"));
    const from = nextInstant(there);
    const { version = 0 } = (await there.warmer.operator.liveColor.read()) ?? {};
    there.engine.at(there.engine.now() + 1_000, () => writeColor(there, "green"));
    await expect(flipByOperator(there, { to: "green" })).rejects.toThrow(
      `somebody else wrote ${CONFIG.liveColorParameter} while the gate was open (version ${version + 1}, it was ${version}); look with \`warmer status\``,
    );
    await there.pass(2 * MINUTE);
    expect(standing(there)).toEqual([]);
    expect(await there.warmer.operator.liveColor.read()).toMatchObject({
      value: "green",
      version: version + 1,
    });
    expect(fills(there, from)).toHaveLength(1);
    expect((await stateOf(there)).control.flip?.provenAt).toBeDefined();
  });

  it("within one second: the last one counts, is proven, and nothing is filled twice", async () => {
    const there = world();
    await there.publish("green", "6", release("hasty"));
    writeColor(there, "green");
    await there.pass(MINUTE);
    const from = nextInstant(there);
    for (const color of ["blue", "green", "blue"]) {
      writeColor(there, color);
      await there.pass(300);
    }
    await there.pass(2 * MINUTE);
    const { control } = await stateOf(there);
    expect(control.serving).toMatchObject({ color: "blue" });
    expect(control.flip).toMatchObject({ to: "blue", provenAt: expect.any(Number) });
    expect(fills(there, from)).toEqual([]);
  });
});

/** The release that was live, no flip since, and no gate left open. */
async function expectServed(there: World, before: Awaited<ReturnType<typeof stateOf>>): Promise<void> {
  const seen = ({ control: { serving, flip, candidate } }: typeof before) => ({
    color: serving?.color,
    digest: serving?.digest,
    release: serving?.release,
    flip: flip?.version,
    gates: candidate?.gates ?? [],
  });
  expect(seen(await stateOf(there))).toEqual({ ...seen(before), gates: [] });
}
