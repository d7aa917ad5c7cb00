import { type AlarmPath, type Place, parseAlarmEvent } from "../core/alarm-event.ts";
import type { WarmerConfig } from "../core/config.ts";
import type { Control } from "../core/control.ts";
import { pause, pausePrefix } from "../core/control-state.ts";
import type { Drill } from "../core/drill.ts";
import { limitIsMet } from "../core/guardrails.ts";
import type { Outcome } from "../core/outcome.ts";
import { ControlSession } from "./control-session.ts";
import { changeAsOperator, type OperatorAct } from "./operator-act.ts";
import type { Clock, ControlStore } from "./ports.ts";

export interface PauseReport {
  readonly outcome: Extract<Outcome, "paused" | "already_paused" | "drilled" | "ignored" | "not_initialised">;
  readonly message: string;
}

/**
 * Pauses on a spend alarm, once. Everything else that reaches the function is ignored with its reason, as a
 * success: throwing would only have Lambda deliver the same event again.
 */
export async function pauseOnAlarm(
  ports: { readonly clock: Clock; readonly control: ControlStore },
  config: Pick<WarmerConfig, "service" | "environment" | "guardrails">,
  event: unknown,
  place: Place,
  runId: string,
): Promise<PauseReport> {
  const alarm = parseAlarmEvent(event, config.service, config.environment, place);
  if (alarm.kind === "ignored") return { outcome: "ignored", message: alarm.why };
  const held = await ports.control.read();
  if (held === undefined)
    return { outcome: "not_initialised", message: "nothing to pause before `warmer init`" };
  const session = new ControlSession(ports.control, runId, held);
  const now = ports.clock.now();
  if (alarm.kind === "drill") {
    await session.change((control) => ({ ...control, drill: heard(control.drill, alarm.path, now) }));
    return { outcome: "drilled", message: `the drill was heard by ${alarm.path}; nothing was paused` };
  }
  const request = {
    cause: "spend_alarm",
    by: alarm.alarm,
    alarm: alarm.alarm,
    at: now,
    reason: alarm.reason,
  } as const;
  // Judged on the item that is written: an operator may resume between the read and the write.
  let late = false;
  let before: Control | undefined;
  const after = await session.change((control) => {
    before = control;
    late = control.paused === undefined && isLate(control, alarm.at, config.guardrails, now);
    return late ? control : pause(control, request);
  });
  if (late) {
    return {
      outcome: "ignored",
      message: `${alarm.alarm} fired before the last resume, and no limit is met now`,
    };
  }
  return after === before
    ? { outcome: "already_paused", message: `paused before: ${after.paused?.reason ?? ""}` }
    : { outcome: "paused", message: `paused by ${alarm.alarm}: ${alarm.reason}` };
}

function heard(drill: Drill | undefined, path: AlarmPath, now: number): Drill {
  return { ...drill, ...(path === "rule" ? { heardByRule: now } : { heardByAction: now }) };
}

/** An alarm that was under way when an operator resumed must not undo it; the ledger still guards the money. */
function isLate(
  control: Control,
  firedAt: number,
  guardrails: WarmerConfig["guardrails"],
  now: number,
): boolean {
  return (
    control.lastResume !== undefined &&
    firedAt <= control.lastResume.at &&
    !limitIsMet(control.ledger, guardrails, now)
  );
}

/** An operator's pause, of the warmer or of one prefix. @throws Refused before `warmer init` */
export async function pauseByOperator(
  ports: { readonly clock: Clock; readonly control: ControlStore },
  { prefix, ...act }: OperatorAct,
  runId: string,
): Promise<Control> {
  const request = { ...act, cause: "operator", at: ports.clock.now() } as const;
  return changeAsOperator(ports, runId, (control) =>
    prefix === undefined ? pause(control, request) : pausePrefix(control, prefix, request),
  );
}
