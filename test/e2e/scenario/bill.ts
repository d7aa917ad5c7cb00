import assert from "node:assert/strict";
import { toMicroUsd } from "../../../lib/local/provider/bill.ts";
import type { Step } from "../steps.ts";
import type { World } from "../world.ts";

/** What it all came to. */
export function bill(world: World): readonly Step[] {
  return [
    {
      name: "the bill",
      run: async () => {
        const { spend, now } = await world.status();
        const today = { from: new Date(now).setUTCHours(0, 0, 0, 0) };
        const { cost, requests } = world.target.provider.bill.total(today);
        const billed = toMicroUsd(cost);
        assert.ok(spend !== undefined && spend.day >= billed, "the ledger holds what was billed");
        return `${requests} requests of today, billed ${billed} micro-USD; the ledger holds ${spend.day}`;
      },
    },
  ];
}
