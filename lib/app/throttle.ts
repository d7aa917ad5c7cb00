import type { Control } from "../core/control.ts";
import { throttle, throttlePrefix } from "../core/control-state.ts";
import { changeAsOperator, type OperatorAct } from "./operator-act.ts";
import type { Clock, ControlStore } from "./ports.ts";

/** At most so many cache writes a minute, for the warmer or one prefix, until somebody resumes. */
export function throttleByOperator(
  ports: { readonly clock: Clock; readonly control: ControlStore },
  { prefix, maxFillsPerMinute, ...act }: OperatorAct & { readonly maxFillsPerMinute: number },
  runId: string,
): Promise<Control> {
  const at = ports.clock.now();
  const request = { ...act, cause: "operator", at, maxFillsPerMinute, nextSlotAt: at } as const;
  return changeAsOperator(ports, runId, (control) =>
    prefix === undefined ? throttle(control, request) : throttlePrefix(control, prefix, request),
  );
}
