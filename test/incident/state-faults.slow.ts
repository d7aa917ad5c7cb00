import { describe, expect, it } from "vitest";
import { aPrompt } from "../support/prompts.ts";
import type { World } from "../support/world.ts";
import { type Fault, play } from "./fault.ts";
import { sharedWorld } from "./shared-world.ts";
import { bodyKey, damage, type Item } from "./state.ts";

const world = sharedWorld([aPrompt("support"), aPrompt("triage")]);

const CONTROL = { pk: "control", sk: "control" };

/** Metrics with the number of data that were sent of each. */
function sent({ engine }: World): Map<string, number> {
  return new Map(engine.cloudwatch.published().map(({ metric, data }) => [metric, data]));
}

const withControl = (change: (item: Item) => Item | undefined) => (there: World) =>
  damage(there, CONTROL, change);

const FAULTS: readonly (Pick<Fault, "breaks" | "says"> & { what: string })[] = [
  {
    what: "does not answer",
    breaks: ({ engine }) => engine.faults.inject({ kind: "unavailable", service: "dynamodb" }),
    says: /^reading the control item: ServiceUnavailable$/,
  },
  {
    what: "has a damaged control item",
    breaks: withControl((item) => ({
      ...item,
      control: { ...(item["control"] as Item), generation: "two" },
    })),
    says: /^the control item is damaged: generation /,
  },
  {
    what: "has a control item of a newer release",
    breaks: withControl((item) => ({ ...item, schema: 2 })),
    says: /^the control item has schema 2; this release reads up to 1$/,
  },
  {
    what: "has lost its control item, but not its prefix items",
    breaks: withControl(() => undefined),
    says: /^prefix items exist without a control item: a lost ledger is never a fresh one$/,
  },
];

describe("a table that", () => {
  it.each(FAULTS)(
    "$what is unreadable: nothing is sent, StateUnreadable pages, money and ages are left out",
    async ({ breaks, says }) => {
      let before = new Map<string, number>();
      let after = before;
      const { touched } = await play(world(), {
        breaks: async (there) => {
          before = sent(there);
          const mend = await breaks(there);
          return () => {
            after = sent(there);
            return mend();
          };
        },
        outcome: "state_unreadable",
        says,
        alarm: "StateUnreadable",
      });
      expect(touched).toEqual([]);
      const grown = [...after].filter(([metric, data]) => data > (before.get(metric) ?? 0));
      expect(grown).toEqual([["StateUnreadable", (before.get("StateUnreadable") ?? 0) + 5]]);
    },
  );

  it("takes no writes leaves everything unsent: what is not reserved is not spent", async () => {
    const { touched } = await play(world(), {
      breaks: ({ engine }) =>
        engine.faults.inject({ kind: "throttled", service: "dynamodb", operation: "PutItem" }),
      outcome: "state_unreadable",
      says: /^writing the control item: ThrottlingException$/,
      alarm: "WarmErrors",
    });
    expect(touched).toEqual([]);
  });
});

describe("a stored prompt", () => {
  it("that is damaged is not sent; the other prompts of its release are", async () => {
    const there = world();
    const broken = aPrompt("support", { words: "damaged support" });
    await there.publish("green", "2", [broken, aPrompt("triage")]);
    const key = await bodyKey(there, "green", "support");
    const { touched } = await play(there, {
      breaks: async () => {
        await damage(there, key, (item) => ({ ...item, data: new Uint8Array([1, 2, 3]) }));
        await there.flip("green");
        return () => there.flip("blue");
      },
      outcome: "body_damaged",
      says: /^a stored prompt does not match its digest: prompt support, model claude-sonnet-5-5$/,
      alarm: "WarmErrors",
    });
    // What both colors share, and what blue alone serves: it is kept for a rollback.
    expect(new Set(touched.map(({ fingerprint }) => fingerprint)).size).toBe(2);
    expect(touched.every(({ usage }) => (usage?.readTokens ?? 0) > 0)).toBe(true);
  });
});
