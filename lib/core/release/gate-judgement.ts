import type { Control } from "../control.ts";
import type { ManifestEntry } from "../manifest.ts";
import { OUTCOMES, type Outcome } from "../outcome.ts";
import { isWarm, type PrefixState, STOP_REASONS } from "../prefix-state.ts";
import type { Gate, GateProgress, GateResult } from "./gate.ts";

/** What a gate is judged by. */
export interface GateEvidence {
  /** The candidate's manifest; why it could not be read, otherwise. */
  readonly entries: readonly ManifestEntry[] | { readonly unreadable: string };
  readonly states: ReadonlyMap<string, PrefixState>;
  /** Predicted requests by the prefix's name; each name counts as one request more. */
  readonly traffic: ReadonlyMap<string, number>;
  /** How the last touch of this run ended, by fingerprint. */
  readonly touched: ReadonlyMap<string, Outcome>;
  /** How this run ended. */
  readonly outcome: Outcome;
  readonly control: Control;
}

/** The candidate's own prompts are to blame, and more time would not make them warm. */
const HOPELESS: ReadonlySet<Outcome> = new Set(STOP_REASONS);

/** Whether a prompt itself is to blame for how its touch ended. */
export function isOfThePrompt(outcome: Outcome): boolean {
  return HOPELESS.has(outcome) || outcome === "partial" || outcome === "request_refused";
}

/** The candidate's own fault, or nobody's at all. */
function isNoHindrance(outcome: Outcome): boolean {
  return isOfThePrompt(outcome) || outcome === "deadline";
}

/** A required prefix of the candidate, as this look finds it. */
interface Finding {
  readonly name: string;
  readonly weight: number;
  readonly isProven: boolean;
  /** Whether this run came to touch it. */
  readonly isTried: boolean;
  /** What became of it instead. */
  readonly blame: Outcome | undefined;
  /** What an operator said of it alone. */
  readonly paused: string | undefined;
  readonly throttled: string | undefined;
}

const blamed = ({ blame }: Finding) => blame && OUTCOMES[blame].meaning;
const held = ({ paused, throttled }: Finding) => paused ?? throttled;

/** A gate, looked at once: how far it is, and the answer if there is one. */
export function judgeGate(gate: Gate, evidence: GateEvidence, now: number): Gate {
  if (gate.answer !== undefined) return gate;
  const { entries, control } = evidence;
  const answered = (seen: Gate, result: GateResult, reason: string): Gate => ({
    ...seen,
    answer: { result, reason, at: now },
  });
  if ("unreadable" in entries) return answered(gate, "inconclusive", entries.unreadable);
  if (control.candidate?.color !== gate.color)
    return answered(gate, "inconclusive", `${gate.color} is no candidate any more`);

  const findings = entries.filter(({ required }) => required).map((entry) => find(entry, evidence, now));
  const open = findings.filter(({ isProven }) => !isProven);
  const hopeless = open.filter(({ blame }) => blame !== undefined && HOPELESS.has(blame));
  const paused = open.filter((finding) => finding.paused !== undefined && !hopeless.includes(finding));
  const hindrance = hindranceOf(gate, open, evidence);
  const progress: GateProgress = {
    warm: findings.length - open.length,
    required: findings.length,
    coverage: shareWithout(findings, open),
    at: now,
    ...(hindrance !== undefined && { hindrance }),
  };
  const seen: Gate = { ...gate, progress };
  const count = `${progress.warm} of ${progress.required} required prefixes are proven warm`;
  const canDoWithout = (lost: readonly Finding[]) => shareWithout(findings, lost) >= gate.minCoverage;

  if (canDoWithout(open)) return answered(seen, "warm", count);
  if (control.paused !== undefined)
    return answered(seen, "inconclusive", `the warmer is paused: ${control.paused.reason}`);
  if (!canDoWithout(hopeless)) return answered(seen, "cold", `${count}; ${explain(hopeless, blamed)}`);
  if (!canDoWithout(paused)) return answered(seen, "inconclusive", `${count}; ${explain(paused, held)}`);
  if (now < gate.deadline) return seen;
  if (hindrance !== undefined) return answered(seen, "inconclusive", `${count}; ${hindrance}`);
  return answered(
    seen,
    "cold",
    [count, explain(open, blamed)].filter((part) => part !== undefined).join("; "),
  );
}

function find(
  entry: ManifestEntry,
  { states, traffic, touched, control }: GateEvidence,
  now: number,
): Finding {
  const { name, fingerprint } = entry;
  const state = states.get(fingerprint);
  const outcome = touched.get(fingerprint);
  const own = control.prefixes?.[name];
  return {
    name,
    weight: 1 + (traffic.get(name) ?? 0),
    isProven: state !== undefined && state.stopped === undefined && isWarm(state, now),
    isTried: outcome !== undefined,
    blame: state?.stopped ?? (outcome === "warmed" ? undefined : outcome),
    paused: own?.paused && `its warming is paused: ${own.paused.reason}`,
    throttled: own?.throttled && `its warming is throttled: ${own.throttled.reason}`,
  };
}

/** Share of the predicted traffic without these; a candidate that requires nothing lacks nothing. */
function shareWithout(findings: readonly Finding[], lost: readonly Finding[]): number {
  const weightOf = (some: readonly Finding[]) => some.reduce((sum, { weight }) => sum + weight, 0);
  const all = weightOf(findings);
  return all === 0 ? 1 : (all - weightOf(lost)) / all;
}

/**
 * What stands between the open prefixes and their proof that is not the candidate's fault. A run that did not come to
 * touch any of them knows nothing new: what was seen before it stands.
 */
function hindranceOf(
  gate: Gate,
  open: readonly Finding[],
  { outcome, control }: GateEvidence,
): string | undefined {
  if (open.length === 0) return undefined;
  const elsewhere = open.filter(({ blame }) => blame !== undefined && !isNoHindrance(blame));
  const fresh = explain(elsewhere, blamed) ?? explain(open, held);
  if (fresh !== undefined) return fresh;
  if (control.throttled !== undefined) return `the warmer is throttled: ${control.throttled.reason}`;
  if (!OUTCOMES[outcome].healthy && !isNoHindrance(outcome)) return OUTCOMES[outcome].meaning;
  return open.some(({ isTried }) => isTried) ? undefined : gate.progress?.hindrance;
}

/** The first of these that there is something to say of. */
function explain(
  findings: readonly Finding[],
  words: (finding: Finding) => string | undefined,
): string | undefined {
  const [first] = findings.flatMap((finding) => {
    const why = words(finding);
    return why === undefined ? [] : [`${finding.name}: ${why}`];
  });
  return first;
}
