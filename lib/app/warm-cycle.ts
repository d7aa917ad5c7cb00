import type { WarmerConfig } from "../core/config.ts";
import { wasHandled } from "../core/control.ts";
import { knowsItsShare, openWindows } from "../core/open-windows.ts";
import { MAX_EVENT_AGE_MS, parseTrigger } from "../core/trigger.ts";
import { ControlSession } from "./control-session.ts";
import { ManifestDamaged, StateUnreadable } from "./errors.ts";
import type { WarmPorts } from "./warm-ports.ts";
import { ended, type WarmReport } from "./warm-report.ts";
import { type Run, WarmRun } from "./warm-run.ts";

export type { WarmPorts } from "./warm-ports.ts";
export type { WarmReport } from "./warm-report.ts";

/**
 * One warm cycle: is there an event, a ledger, a live color, a manifest? What is due? Reserve, send, judge,
 * settle, remember, report. Every way out of it is one outcome.
 */
export async function warmCycle(
  ports: WarmPorts,
  config: WarmerConfig,
  event: unknown,
  run: Run,
): Promise<WarmReport> {
  try {
    return await cycle(ports, config, event, run);
  } catch (error) {
    if (error instanceof StateUnreadable) return ended("state_unreadable", error.message);
    if (error instanceof ManifestDamaged) return ended("manifest_damaged", error.message);
    throw error;
  }
}

async function cycle(ports: WarmPorts, config: WarmerConfig, event: unknown, run: Run): Promise<WarmReport> {
  const startedAt = ports.clock.now();
  const trigger = parseTrigger(event, config.liveColorParameter);
  if (trigger.kind === "bad") return ended("bad_event", trigger.message);
  if (startedAt - trigger.at > MAX_EVENT_AGE_MS) {
    return ended("stale_event", `the event is ${Math.round((startedAt - trigger.at) / 1000)} s old`);
  }

  const held = await ports.control.read();
  if (held === undefined) {
    if (await ports.prefixes.any()) {
      return ended(
        "state_unreadable",
        "prefix items exist without a control item: a lost ledger is never a fresh one",
      );
    }
    return ended("not_initialised", "run `warmer init` to create the control item");
  }
  const session = new ControlSession(ports.control, run.id, held);
  if (wasHandled(held.control, trigger.id))
    return ended("duplicate", `event ${trigger.id} was handled before`);
  // However the run ends: a share that was never noted could be taken away, and come back, unseen.
  if (!knowsItsShare(held.control.ledger, config.guardrails))
    await session.change((control) => ({
      ...control,
      ledger: openWindows(control.ledger, config.guardrails, startedAt),
    }));
  return new WarmRun(ports, config, session, { ...run, eventId: trigger.id, startedAt }).follow();
}
