import type { Gate, GateProgress } from "../core/release/gate.ts";
import { Refused } from "./errors.ts";
import type { Clock, RemoteFunction } from "./ports.ts";

/** What `warmer gate` and `warmer flip` ask of the gate function; what is left out holds as configured. */
export interface GateQuestion {
  readonly color: string;
  readonly minCoverage?: number;
  readonly timeoutSeconds?: number;
  readonly failDeployment?: boolean;
}

const POLL_MS = 2_000;

/** The tick that expires a gate may be this late; after that nobody answers any more. */
const PATIENCE_MS = 90_000;

/**
 * Opens a gate in the deployed function and waits for its answer.
 *
 * @param progress hears of each look that brought news
 * @returns the answered gate; one that nobody answered is `inconclusive`
 * @throws Refused if the gate was not opened
 */
export async function askGate(
  ports: { readonly gate: RemoteFunction; readonly clock: Clock },
  question: GateQuestion,
  progress: (gate: Gate) => void,
): Promise<Gate> {
  let gate = read(await ports.gate.invoke(question));
  let shown: GateProgress | undefined;
  while (gate.answer === undefined) {
    if (gate.progress !== undefined && gate.progress.at !== shown?.at) {
      shown = gate.progress;
      progress(gate);
    }
    const now = ports.clock.now();
    if (now > gate.deadline + PATIENCE_MS) {
      const reason = "the warm function did not look at the gate; see `warmer status`";
      return { ...gate, answer: { result: "inconclusive", reason, at: now } };
    }
    await ports.clock.sleep(POLL_MS);
    gate = read(await ports.gate.invoke({ id: gate.id }));
  }
  return gate;
}

function read(answer: unknown): Gate {
  const { refused } = (answer ?? {}) as { refused?: unknown };
  if (typeof refused === "string") throw new Refused(refused);
  return answer as Gate;
}
