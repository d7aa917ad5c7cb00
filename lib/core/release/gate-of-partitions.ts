import { type Gate, type GateAnswer, type GateProgress, letsPass } from "./gate.ts";

/** A partition's own gate, as it stands. */
export interface PartitionGate {
  readonly partition: string;
  readonly gate: Gate;
}

/**
 * The gates of all partitions as one. It passes if each of them does: the first that stops the release answers for all,
 * and otherwise the last.
 *
 * @param gates at least one, all opened under one id
 */
export function gateOfAll(gates: readonly PartitionGate[]): Gate {
  const [first] = gates;
  if (first === undefined) throw new RangeError("there must be a gate of at least one partition");
  const answer = answerOfAll(gates);
  const progress = progressOfAll(gates);
  const { progress: _own, answer: _answer, ...asked } = first.gate;
  return {
    ...asked,
    openedAt: Math.min(...gates.map(({ gate }) => gate.openedAt)),
    deadline: Math.max(...gates.map(({ gate }) => gate.deadline)),
    ...(progress !== undefined && { progress }),
    ...(answer !== undefined && { answer }),
  };
}

function answerOfAll(gates: readonly PartitionGate[]): GateAnswer | undefined {
  const answers = gates.flatMap(({ partition, gate }) =>
    gate.answer === undefined
      ? []
      : [{ ...gate.answer, reason: `${partition}: ${gate.answer.reason}`, passes: letsPass(gate) }],
  );
  const stop = answers.find(({ passes }) => !passes);
  if (stop !== undefined) return { result: stop.result, reason: stop.reason, at: stop.at };
  if (answers.length < gates.length) return undefined;
  const result = answers.some((answer) => answer.result === "inconclusive") ? "inconclusive" : "warm";
  return {
    result,
    reason: answers.map(({ reason }) => reason).join("; "),
    at: Math.max(...answers.map(({ at }) => at)),
  };
}

/** The coverage is that of the worst: each partition must reach what is asked. */
function progressOfAll(gates: readonly PartitionGate[]): GateProgress | undefined {
  const known = gates.flatMap(({ partition, gate }) =>
    gate.progress === undefined ? [] : [{ ...gate.progress, partition }],
  );
  if (known.length === 0) return undefined;
  const hindered = known.find(({ hindrance }) => hindrance !== undefined);
  return {
    warm: known.reduce((sum, { warm }) => sum + warm, 0),
    required: known.reduce((sum, { required }) => sum + required, 0),
    coverage: known.length < gates.length ? 0 : Math.min(...known.map(({ coverage }) => coverage)),
    at: Math.max(...known.map(({ at }) => at)),
    ...(hindered !== undefined && { hindrance: `${hindered.partition}: ${hindered.hindrance}` }),
  };
}
