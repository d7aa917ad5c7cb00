import type { Gate } from "../../../lib/core/release/gate.ts";
import { MINUTE, NOON } from "../samples.ts";

/** A gate on green that was opened at noon, for ten minutes. */
export function aGate(fields: Partial<Gate> = {}): Gate {
  return {
    id: "gate-1",
    color: "green",
    minCoverage: 1,
    failDeployment: false,
    openedAt: NOON,
    openedBy: "test",
    deadline: NOON + 10 * MINUTE,
    ...fields,
  };
}
