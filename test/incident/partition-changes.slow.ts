import { afterAll, beforeAll, expect, inject, it } from "vitest";
import { resumeByOperator } from "../../lib/app/resume.ts";
import { resolveConfig } from "../../lib/core/config.ts";
import { configsOf } from "../../lib/core/partitions.ts";
import { toMicroUsd } from "../../lib/local/provider/bill.ts";
import { aPrompt } from "../support/prompts.ts";
import { HOUR, MINUTE } from "../support/world.ts";
import { dearPrompts, FILL } from "./money.ts";
import { withOptions } from "./other-options.ts";
import { PartitionWorld, TWO_PARTITIONS } from "./partition-world.ts";

/** The limit of both together is 1 USD an hour: `us` had a half of it, and gets eight tenths. */
const HALF = 500_000;
const EIGHT_TENTHS = 800_000;

const NINE = Date.UTC(2026, 10, 20, 9);
const OTHER_SHARES = {
  ...TWO_PARTITIONS,
  partitions: (TWO_PARTITIONS.partitions ?? []).map((partition) => ({
    ...partition,
    share: partition.name === "us" ? 0.8 : 0.2,
  })),
};
const [, US] = configsOf(resolveConfig(OTHER_SHARES));

let parts: PartitionWorld;
beforeAll(async () => {
  const startAt = NINE - 12 * MINUTE;
  parts = await PartitionWorld.live(inject("assembly"), [aPrompt("support")], { startAt });
});
afterAll(() => parts.world.stop());

/** Releases of three dear prompts, one a minute, for six minutes: more than the whole limit. */
async function spend(what: string): Promise<void> {
  const { engine } = parts.world;
  const dear = dearPrompts(3);
  for (let i = 0; i < 6; i++) {
    const words = `${what}-${i}`;
    engine.at(engine.now() + i * MINUTE, () => parts.publish("us", "blue", words, dear(words)));
  }
  await parts.world.pass(8 * MINUTE);
}

/** What `us` was billed since an instant, in micro-USD. */
const billedSince = (from: number) =>
  toMicroUsd(parts.world.provider.bill.total({ from, workspace: "us" }).cost);

it("a share that grew shortly before an hour is worth in it what it was before, and all of it in the next one", async () => {
  const { world } = parts;
  await world.pass(7 * MINUTE);
  await world.engine.deploy(withOptions(inject("assembly"), OTHER_SHARES));
  await world.engine.runUntil(NINE + MINUTE);
  expect((await parts.control("us")).ledger).toMatchObject({ share: 800, gain: { from: 500 } });

  await spend("nine");
  const { paused, generation } = await parts.control("us");
  expect(paused?.reason).toMatch(
    /^the hourly limit of \$0\.80 \(\$0\.50 of it until the window ends: shares changed\) was met/,
  );
  expect(billedSince(NINE)).toBeGreaterThan(HALF - 3 * FILL);
  expect(billedSince(NINE)).toBeLessThanOrEqual(HALF);

  await world.engine.runUntil(NINE + HOUR + MINUTE);
  const { ports } = parts.of("us");
  const request = { by: "ops", reason: "the next hour", generation };
  await resumeByOperator(ports, US ?? resolveConfig(OTHER_SHARES), request, "resume");
  await spend("ten");
  expect(billedSince(NINE + HOUR)).toBeGreaterThan(EIGHT_TENTHS - 3 * FILL);
  expect(billedSince(NINE + HOUR)).toBeLessThanOrEqual(EIGHT_TENTHS);
});
