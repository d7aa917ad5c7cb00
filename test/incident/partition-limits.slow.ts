import { afterAll, beforeAll, expect, inject, it } from "vitest";
import { toMicroUsd } from "../../lib/local/provider/bill.ts";
import { aPrompt } from "../support/prompts.ts";
import { MINUTE } from "../support/world.ts";
import { dearPrompts } from "./money.ts";
import { PartitionWorld } from "./partition-world.ts";
import { mails } from "./release-acts.ts";

/** Half of the limit of 1 USD an hour, in micro-USD. */
const SHARE = 500_000;

let parts: PartitionWorld;
beforeAll(async () => {
  parts = await PartitionWorld.live(inject("assembly"), [aPrompt("support")]);
});
afterAll(() => parts.world.stop());

it("a partition that meets its share pauses alone, and the bill of both stays within the limit", async () => {
  const from = parts.world.engine.now();
  const dear = dearPrompts(3);
  for (let i = 0; i < 3; i++) {
    parts.world.engine.at(from + i * MINUTE, () => parts.publish("eu", "blue", `dear-${i}`, dear(`${i}`)));
  }
  await parts.world.pass(5 * MINUTE);

  expect((await parts.control("eu")).paused).toMatchObject({ cause: "limit_hour" });
  expect((await parts.control("us")).paused).toBeUndefined();
  expect(parts.outcomes("eu", from)).toEqual(expect.arrayContaining(["limit_hour", "paused"]));
  expect(parts.outcomes("us", from + 2 * MINUTE)).toContain("warmed");
  const bill = (workspace?: string) =>
    toMicroUsd(parts.world.provider.bill.total({ from, ...(workspace !== undefined && { workspace }) }).cost);
  expect(bill("eu")).toBeGreaterThan(0.3 * SHARE);
  expect(bill("eu")).toBeLessThanOrEqual(SHARE);
  expect(bill()).toBeLessThanOrEqual(2 * SHARE);

  // The alarm cannot say which partition it is about; the function that it calls can.
  expect(parts.world.fired("HourlySpend", from)).toHaveLength(1);
  expect(pauses(from).length).toBeGreaterThan(0);
  for (const message of pauses(from)) expect(message).toMatch(/^eu: paused before/);
  expect(mails(parts.world, from)).toContain("support test eu: warmer paused");
  expect(mails(parts.world, from)).not.toContain("support test us: warmer paused");
});

/** What `pause` said since an instant. */
function pauses(since: number): string[] {
  return parts.world.engine.journal.events.flatMap((event) =>
    event.kind === "invoked" && event.function.startsWith("WarmerPause") && event.at >= since
      ? [(event.result as { message: string }).message]
      : [],
  );
}
