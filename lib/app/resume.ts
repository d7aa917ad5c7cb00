import type { WarmerConfig } from "../core/config.ts";
import type { Control } from "../core/control.ts";
import { resume } from "../core/control-state.ts";
import { limitUsed, windowsAt } from "../core/ledger.ts";
import { ControlSession } from "./control-session.ts";
import { Refused } from "./errors.ts";
import type { Clock, ControlStore } from "./ports.ts";

export interface ResumeRequest {
  readonly reason: string;
  readonly by: string;
  /** The generation that the operator saw; another one means that something happened since. */
  readonly generation?: number;
  readonly force?: boolean;
}

/**
 * Ends a pause. Refused while a limit is still met, since the next touch would only pause again.
 *
 * @throws Refused with the reason; nothing is changed then
 */
export async function resumeByOperator(
  ports: { readonly clock: Clock; readonly control: ControlStore },
  { guardrails }: Pick<WarmerConfig, "guardrails">,
  request: ResumeRequest,
  runId: string,
): Promise<Control> {
  const held = await ports.control.read();
  if (held === undefined) throw new Refused("there is nothing to resume before `warmer init`");
  return new ControlSession(ports.control, runId, held).change((control) => {
    if (control.paused === undefined) throw new Refused("the warmer is not paused");
    if (request.generation !== undefined && request.generation !== control.generation) {
      throw new Refused(
        `the warmer has changed since generation ${request.generation} (it is ${control.generation} now); look with \`warmer status\``,
      );
    }
    const { hour, day } = windowsAt(control.ledger, ports.clock.now());
    const limitHolds = limitUsed(hour, guardrails.hourly) >= 1 || limitUsed(day, guardrails.daily) >= 1;
    if (limitHolds && request.force !== true) {
      throw new Refused(
        `the cause still holds (${control.paused.reason}); wait for the next window, or use --force`,
      );
    }
    return resume(control, { reason: request.reason, by: request.by, at: ports.clock.now() });
  });
}
