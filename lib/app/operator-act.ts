import type { Act, Control } from "../core/control.ts";
import { isAllowed, type NotAllowed } from "../core/control-state.ts";
import { ControlSession } from "./control-session.ts";
import { Refused } from "./errors.ts";
import type { ControlStore } from "./ports.ts";

/** What an operator does and why; `prefix` for one prefix instead of the whole warmer. */
export interface OperatorAct extends Omit<Act, "at"> {
  readonly prefix?: string;
}

/** Changes the control state for an operator. @throws Refused if there is none yet, or it does not allow the change */
export async function changeAsOperator(
  ports: { readonly control: ControlStore },
  runId: string,
  change: (control: Control) => Control | NotAllowed,
): Promise<Control> {
  const held = await ports.control.read();
  if (held === undefined) throw new Refused("there is no control item yet; run `warmer init` first");
  return new ControlSession(ports.control, runId, held).change((control) => {
    const next = change(control);
    if (!isAllowed(next)) throw new Refused(next.notAllowed);
    return next;
  });
}
