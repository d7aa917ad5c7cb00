import type { Control } from "../core/control.ts";
import { changeAsOperator } from "./operator-act.ts";
import type { Clock, ControlStore } from "./ports.ts";

/** Asks the monitor for a fire drill: within two minutes the drill alarm fires and `pause` hears it, or not. */
export function requestDrill(
  ports: { readonly clock: Clock; readonly control: ControlStore },
  runId: string,
): Promise<Control> {
  const requestedAt = ports.clock.now();
  return changeAsOperator(ports, runId, (control) => ({
    ...control,
    drill: { ...control.drill, requestedAt },
  }));
}
