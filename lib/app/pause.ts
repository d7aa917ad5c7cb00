import { type AlarmEvent, type Place, parseAlarmEvent } from "../core/alarm-event.ts";
import type { WarmerConfig } from "../core/config.ts";
import type { Act, Control } from "../core/control.ts";
import { pause } from "../core/control-state.ts";
import type { Outcome } from "../core/outcome.ts";
import { ControlSession } from "./control-session.ts";
import { Refused } from "./errors.ts";
import type { Clock, ControlStore } from "./ports.ts";

export interface PauseReport {
  readonly outcome: Extract<Outcome, "paused" | "already_paused" | "ignored" | "not_initialised">;
  readonly message: string;
}

/**
 * Pauses on a spend alarm, once. Everything else that reaches the function is ignored with its reason, as a
 * success: throwing would only have Lambda deliver the same event again.
 */
export async function pauseOnAlarm(
  ports: { readonly clock: Clock; readonly control: ControlStore },
  config: Pick<WarmerConfig, "service" | "environment">,
  event: unknown,
  place: Place,
  runId: string,
): Promise<PauseReport> {
  const alarm: AlarmEvent = parseAlarmEvent(event, config.service, config.environment, place);
  if (alarm.kind === "ignored") return { outcome: "ignored", message: alarm.why };
  const held = await ports.control.read();
  if (held === undefined)
    return { outcome: "not_initialised", message: "nothing to pause before `warmer init`" };
  const session = new ControlSession(ports.control, runId, held);
  const before = session.control.generation;
  const after = await session.change((control) =>
    pause(control, {
      cause: "spend_alarm",
      by: alarm.alarm,
      alarm: alarm.alarm,
      at: ports.clock.now(),
      reason: alarm.reason,
    }),
  );
  return after.generation === before
    ? { outcome: "already_paused", message: `paused before: ${after.paused?.reason ?? ""}` }
    : { outcome: "paused", message: `paused by ${alarm.alarm}: ${alarm.reason}` };
}

/** An operator's pause. @throws Refused before `warmer init` */
export async function pauseByOperator(
  ports: { readonly clock: Clock; readonly control: ControlStore },
  request: Omit<Act, "at">,
  runId: string,
): Promise<Control> {
  const held = await ports.control.read();
  if (held === undefined) throw new Refused("there is nothing to pause before `warmer init`");
  return new ControlSession(ports.control, runId, held).change((control) =>
    pause(control, { ...request, cause: "operator", at: ports.clock.now() }),
  );
}
