import { chance } from "./chance.ts";
import type { ControlFault } from "./control.ts";
import type { MemoryWorld } from "./world.ts";

/** How a touch can end without an answer, or with one that does not help. */
const WITHOUT_ANSWER = [
  "timeout",
  "dropped_connection",
  "missing_usage",
  "server_error",
  "not_json",
] as const;

const CONTROL_FAULTS: readonly ControlFault[] = ["unavailable", "answer_lost", "refused_retry"];

export interface Disturbance {
  readonly losesLease: boolean;
  /** Probability that a touch has no answer, for each way. */
  readonly unanswered: number;
  /** Probability that a call of the control item goes wrong. */
  readonly unreadable: number;
}

/** From now on answers, writes and leases are lost, by chance. @param seed decides which */
export function disturb(world: MemoryWorld, seed: number, disturbance: Disturbance): void {
  const { losesLease, unanswered, unreadable } = disturbance;
  for (const kind of WITHOUT_ANSWER) world.provider.faults.add({ kind, probability: unanswered });
  let calls = 0;
  world.control.meets = () => {
    const drawn = chance(seed, 77, ++calls) / unreadable;
    return CONTROL_FAULTS[Math.floor(drawn * CONTROL_FAULTS.length)];
  };
  world.control.losesLease = losesLease;
}
