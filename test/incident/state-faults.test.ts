import { describe, expect, it } from "vitest";
import { aPrompt } from "../support/prompts.ts";
import type { World } from "../support/world.ts";
import { type Fault, play } from "./fault.ts";
import { sharedWorld } from "./shared-world.ts";
import { damage, type Item, sortKeys } from "./state.ts";

const world = sharedWorld([aPrompt("support"), aPrompt("triage")]);

const CONTROL = { pk: "control", sk: "control" };

/** Metrics with the number of data that were sent of each. */
function sent({ engine }: World): Map<string, number> {
  return new Map(engine.cloudwatch.published().map(({ metric, data }) => [metric, data]));
}

type StateFault = Pick<Fault, "what" | "says"> & {
  readonly breaks: (world: World) => Promise<() => unknown> | (() => unknown);
};

const withControl = (change: (item: Item) => Item | undefined) => (there: World) =>
  damage(there, CONTROL, change);

const STATE_FAULTS: readonly StateFault[] = [
  {
    what: "does not answer",
    breaks: ({ engine }) => engine.faults.inject({ kind: "unavailable", service: "dynamodb" }),
    says: /^reading the control item: ServiceUnavailable$/,
  },
  {
    what: "refuses access",
    breaks: ({ engine }) => engine.faults.inject({ kind: "denied", service: "dynamodb" }),
    says: /^reading the control item: AccessDeniedException$/,
  },
  {
    what: "has a damaged control item",
    breaks: withControl((item) => ({ ...item, control: { ...(item["control"] as Item), generation: "two" } })),
    says: /^the control item is damaged: generation /,
  },
  {
    what: "has a control item of a newer release",
    breaks: withControl((item) => ({ ...item, schema: 2 })),
    says: /^the control item has schema 2; this release reads up to 1$/,
  },
  {
    what: "has a control item without a schema",
    breaks: withControl(({ schema: _gone, ...item }) => item),
    says: /^the control item carries no schema number$/,
  },
  {
    what: "has lost its control item, but not its prefix items",
    breaks: withControl(() => undefined),
    says: /^prefix items exist without a control item: a lost ledger is never a fresh one$/,
  },
];

describe("a table that", () => {
  it.each(STATE_FAULTS)(
    "$what is unreadable: nothing is sent, StateUnreadable pages, money and ages are left out",
    async ({ breaks, ...fault }) => {
      let mend: () => unknown = () => {};
      let before = new Map<string, number>();
      let after = before;
      const { from, until } = await play(world(), {
        ...fault,
        breaks: async (there) => {
          before = sent(there);
          mend = await breaks(there);
        },
        mends: (there) => {
          after = sent(there);
          return mend();
        },
        outcome: "state_unreadable",
        alarm: "StateUnreadable",
      });
      expect(world().touches(from).filter(({ at }) => at < until)).toEqual([]);
      const grown = [...after].filter(([metric, data]) => data > (before.get(metric) ?? 0));
      expect(grown).toEqual([["StateUnreadable", (before.get("StateUnreadable") ?? 0) + 5]]);
    },
  );

  it("takes no writes leaves everything unsent: what is not reserved is not spent", async () => {
    let mend = () => {};
    const { from, until } = await play(world(), {
      what: "takes no writes",
      breaks: ({ engine }) => {
        mend = engine.faults.inject({ kind: "throttled", service: "dynamodb", operation: "PutItem" });
      },
      mends: () => mend(),
      outcome: "state_unreadable",
      says: /^writing the control item: ThrottlingException$/,
      alarm: "WarmErrors",
    });
    expect(world().touches(from).filter(({ at }) => at < until)).toEqual([]);
  });
});

describe("a stored prompt", () => {
  it.each([
    { what: "is damaged", change: (item: Item) => ({ ...item, data: new Uint8Array([1, 2, 3]) }) },
    { what: "is missing", change: () => undefined },
  ])("that $what is not sent; the other prompts of its release are", async ({ what, change }) => {
    const there = world();
    const broken = aPrompt("support", { words: `${what} support` });
    await there.publish("green", "2", [broken, aPrompt("triage")]);
    const header = await there.warmer.operator.manifests.header("green");
    const entries = header && (await there.warmer.operator.manifests.entries(header));
    const digest = entries?.find(({ name }) => name === "support")?.bodyDigest;
    const [chunk = ""] = await sortKeys(there, `body#${digest}`);
    const { from, until } = await play(there, {
      what,
      breaks: async () => {
        await damage(there, { pk: `body#${digest}`, sk: chunk }, change);
        await there.flip("green");
      },
      mends: () => there.flip("blue"),
      outcome: "body_damaged",
      says: /^a stored prompt does not match its digest: prompt support, model claude-sonnet-5-5$/,
      alarm: "WarmErrors",
    });
    const touched = there.touches(from).filter(({ at }) => at < until);
    expect(new Set(touched.map(({ fingerprint }) => fingerprint)).size).toBe(1);
    expect(touched.every(({ usage }) => (usage?.readTokens ?? 0) > 0)).toBe(true);
  });
});
