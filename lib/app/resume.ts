import type { WarmerConfig } from "../core/config.ts";
import type { Control } from "../core/control.ts";
import { isAllowed, restartPrefix, resume, resumePrefix } from "../core/control-state.ts";
import { NEVER } from "../core/due.ts";
import { limitIsMet } from "../core/guardrails.ts";
import { allow, forgetRefused, rollOver } from "../core/ledger.ts";
import { formatUsd, type MicroUsd } from "../core/money.ts";
import type { PrefixState } from "../core/prefix-state.ts";
import { Refused } from "./errors.ts";
import { changeAsOperator, type OperatorAct } from "./operator-act.ts";
import type { Clock, ControlStore, PrefixStore } from "./ports.ts";

export interface ResumeRequest extends OperatorAct {
  /** The generation that the operator saw; another one means that something happened since. */
  readonly generation: number;
  /** Extra room in this UTC hour and day, in micro-USD. */
  readonly allowExtra?: MicroUsd;
  /** Resume although a limit is still met; the next touch will meet it again. */
  readonly force?: boolean;
}

/**
 * Ends pause and throttle, of the warmer or of one prefix; a prefix that was stopped as a loop is touched again.
 * Refused while a limit is still met, unless an allowance makes room: the next touch would only pause again.
 *
 * @throws Refused with the reason; nothing is changed then
 */
export async function resumeByOperator(
  ports: {
    readonly clock: Clock;
    readonly control: ControlStore;
    readonly prefixes: Pick<PrefixStore, "all">;
  },
  { guardrails }: Pick<WarmerConfig, "guardrails">,
  { reason, by, generation, prefix, allowExtra = 0, force = false }: ResumeRequest,
  runId: string,
): Promise<Control> {
  const act = { reason, by, at: ports.clock.now() };
  const loops = prefix === undefined ? [] : (await ports.prefixes.all()).filter(isLoop);
  return changeAsOperator(ports, runId, (control) => {
    if (generation !== control.generation) {
      throw new Refused(
        `the warmer has changed since generation ${generation} (it is ${control.generation} now); look with \`warmer status\``,
      );
    }
    if (prefix !== undefined) {
      const resumed = resumePrefix(control, prefix, act);
      const stopped = loops.some(({ name }) => name === prefix);
      return stopped ? restartPrefix(isAllowed(resumed) ? resumed : control, prefix, act) : resumed;
    }
    const cause = (control.paused ?? control.throttled)?.reason;
    if (cause === undefined) throw new Refused("the warmer is neither paused nor throttled");
    const ledger = allow(rollOver(control.ledger, act.at), allowExtra);
    if (limitIsMet(ledger, guardrails, act.at) && !force) {
      throw new Refused(
        `the cause still holds (${cause}; ${formatUsd(ledger.hour.spent)} spent this hour, ${formatUsd(ledger.day.spent)} today); use --allow-extra USD, wait for the next window, or --force`,
      );
    }
    return resume({ ...control, ledger: forgetRefused(ledger) }, act);
  });
}

function isLoop({ stopped, dueAt }: PrefixState): boolean {
  return stopped === "warmer_loop" && dueAt !== NEVER;
}
