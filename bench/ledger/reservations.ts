import { ControlSession } from "../../lib/app/control-session.ts";
import { StateUnreadable } from "../../lib/app/errors.ts";
import { DynamoControl } from "../../lib/aws/dynamo-control.ts";
import type { Table } from "../../lib/aws/table.ts";
import { newControl } from "../../lib/core/control.ts";
import { reserveWave } from "../../lib/core/guardrails.ts";
import { settle } from "../../lib/core/ledger.ts";
import { startTable } from "./table.ts";
import { CONFIG } from "./warmer.ts";

const BOUND = 5_000;
const COST = 4_000;

/**
 * Reservations per second, each settled, that so many workers get from one control item together. In production a
 * lease lets one worker in at a time; this is what the ledger does when the lease is broken.
 *
 * @param total reservations of all workers together
 * @throws Error if the ledger did not count each of them once
 */
export async function reservationsPerSecond(workers: number, total: number): Promise<number> {
  const { table, close } = await startTable();
  try {
    const control = new DynamoControl(table);
    await control.write(newControl(Date.now()), undefined, "init");
    let left = total;
    const startedAt = performance.now();
    await Promise.all(
      Array.from({ length: workers }, async (_, worker) => {
        while (left-- > 0) await reserveAndSettle(table, `w${worker}.${left}`);
      }),
    );
    const seconds = (performance.now() - startedAt) / 1_000;
    const spent = (await control.read())?.control.ledger.day.spent;
    if (spent !== total * COST) throw new Error(`${total * COST} must be spent, the ledger says ${spent}`);
    return total / seconds;
  } finally {
    await close();
  }
}

/** A worker that others overtake again and again gives up and sends nothing; it then comes with its next tick. */
async function reserveAndSettle(table: Table, id: string): Promise<void> {
  await untilHeld(table, `${id}.r`, (control) => {
    const now = Date.now();
    const touches = [{ prefix: "p", bound: BOUND }];
    const wave = { id, touches, guardrails: CONFIG.guardrails, now, requestTimeoutMs: 30_000 };
    return reserveWave(control, wave).control;
  });
  await untilHeld(table, `${id}.s`, (control) => ({
    ...control,
    ledger: settle(control.ledger, id, COST, COST),
  }));
}

async function untilHeld(
  table: Table,
  runId: string,
  change: Parameters<ControlSession["change"]>[0],
): Promise<void> {
  const store = new DynamoControl(table);
  for (let attempt = 0; ; attempt++) {
    const held = await store.read();
    if (held === undefined) throw new Error("the control item is gone");
    try {
      await new ControlSession(store, `${runId}.${attempt}`, held).change(change);
      return;
    } catch (error) {
      if (!(error instanceof StateUnreadable)) throw error;
    }
  }
}
