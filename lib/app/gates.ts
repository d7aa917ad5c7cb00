import type { WarmerConfig } from "../core/config.ts";
import type { Control } from "../core/control.ts";
import { tell } from "../core/news.ts";
import type { Outcome } from "../core/outcome.ts";
import { type Gate, isPending, letsPass, MAX_GATE_MS } from "../core/release/gate.ts";
import { type GateEvidence, judgeGate } from "../core/release/gate-judgement.ts";
import { afterGates } from "../core/release/serving.ts";
import type { ControlSession } from "./control-session.ts";
import { CallbackFailed, ManifestDamaged } from "./errors.ts";
import type { Clock, GateCallbacks, GateStore, ManifestStore, PrefixStore, UsageReader } from "./ports.ts";
import { predictedTraffic } from "./predicted-traffic.ts";
import type { TouchResult } from "./wave.ts";

export interface GatePorts {
  readonly clock: Clock;
  readonly gates: GateStore;
  readonly callbacks: GateCallbacks;
  readonly manifests: ManifestStore;
  readonly prefixes: PrefixStore;
  readonly usage: UsageReader;
}

/** How the run went that looks at the gates. */
export interface RunSoFar {
  readonly outcome: Outcome;
  readonly results: readonly TouchResult[];
}

/**
 * Looks at the open gates at the end of a run: how far each is, and the answer if it has one. Only the holder of the
 * lease may: two at once would call back twice. A callback that fails is made again by the next tick, for an hour:
 * then its deployment has ended by itself.
 *
 * @returns `callback_failed` if somebody still waits, or nothing
 */
export async function answerGates(
  ports: GatePorts,
  session: ControlSession,
  { keepPreviousMs }: Pick<WarmerConfig, "keepPreviousMs">,
  run: RunSoFar,
): Promise<Outcome | undefined> {
  const { candidate } = session.control;
  if (candidate === undefined || candidate.gates.length === 0) return undefined;
  const now = ports.clock.now();
  const stored = await Promise.all(candidate.gates.map((id) => ports.gates.get(id)));
  const gates = stored.filter((gate) => gate !== undefined);
  const isAsked = gates.some(({ answer }) => answer === undefined);
  const evidence = isAsked ? await gather(ports, session.control, candidate.color, run, now) : undefined;
  const looked: Gate[] = [];
  for (const gate of gates) {
    const judged = evidence === undefined ? gate : judgeGate(gate, evidence, now);
    // Before anybody is told: a run that dies in between must not answer otherwise the next time.
    if (judged !== gate) await ports.gates.put(judged);
    const told = await callBack(ports, judged, now);
    if (told !== judged) await ports.gates.put(told);
    looked.push(told);
  }
  // An item that is not there cannot be waited for.
  const lost = candidate.gates.filter((id) => !gates.some((gate) => gate.id === id));
  const done = looked.filter((gate) => !isPending(gate) || isGivenUp(gate, now));
  const proofs = looked.flatMap(({ answer }) => (answer?.result === "warm" ? [answer.at] : []));
  const seen = {
    seen: candidate.gates,
    done: [...done.map(({ id }) => id), ...lost],
    isOpen: looked.some(({ answer }) => answer === undefined),
    keepUntil: proofs.length === 0 ? undefined : Math.max(...proofs) + keepPreviousMs,
  };
  await session.change((control) =>
    done.reduce((all, gate) => announceInconclusive(all, gate, now), afterGates(control, seen, now)),
  );
  const waits = looked.some((gate) => gate.answer !== undefined && !done.includes(gate));
  return waits ? "callback_failed" : undefined;
}

async function gather(
  { manifests, prefixes, usage }: GatePorts,
  control: Control,
  color: string,
  { outcome, results }: RunSoFar,
  now: number,
): Promise<GateEvidence> {
  const entries = await candidateEntries(manifests, color);
  const states = new Map((await prefixes.all()).map((state) => [state.fingerprint, state]));
  const traffic = await predictedTraffic(usage, [...states.values()], now);
  const touched = new Map(results.map(({ state, outcome: touch }) => [state.fingerprint, touch]));
  return { entries, states, traffic, touched, outcome, control };
}

async function callBack({ callbacks }: GatePorts, gate: Gate, now: number): Promise<Gate> {
  if (gate.answer === undefined || gate.callback === undefined || gate.calledBackAt !== undefined)
    return gate;
  try {
    await callbacks.tell(gate.callback, letsPass(gate));
    return { ...gate, calledBackAt: now };
  } catch (error) {
    if (error instanceof CallbackFailed) return gate;
    throw error;
  }
}

function isGivenUp({ answer }: Gate, now: number): boolean {
  return answer !== undefined && now - answer.at >= MAX_GATE_MS;
}

/** A release that went on without proof is worth a word. */
function announceInconclusive(control: Control, gate: Gate, now: number): Control {
  if (gate.answer?.result !== "inconclusive") return control;
  return tell(control, {
    at: now,
    subject: `gate on ${gate.color}: inconclusive`,
    message: [
      `A gate on ${gate.color} could not be answered; the release ${letsPass(gate) ? "goes on" : "is stopped"}.`,
      `Opened: ${new Date(gate.openedAt).toISOString()} by ${gate.openedBy}`,
      `Reason: ${gate.answer.reason}`,
      "Next: warmer status",
    ].join("\n"),
  });
}

async function candidateEntries(manifests: ManifestStore, color: string): Promise<GateEvidence["entries"]> {
  try {
    const header = await manifests.header(color);
    if (header === undefined) return { unreadable: `${color} has no manifest` };
    return await manifests.entries(header);
  } catch (error) {
    if (error instanceof ManifestDamaged) return { unreadable: error.message };
    throw error;
  }
}
