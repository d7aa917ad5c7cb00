import type { Control } from "../core/control.ts";
import { finitePoints, ratioPoint } from "../core/metrics.ts";
import type { MicroUsd } from "../core/money.ts";
import { OUTCOMES, type Outcome, worst } from "../core/outcome.ts";
import { isOfThePrompt } from "../core/release/gate-judgement.ts";
import { promptTokens } from "../core/usage.ts";
import type { PlanReport } from "./plan-run.ts";
import type { Metrics } from "./ports.ts";
import type { ResolvedTarget } from "./resolve-target.ts";
import type { TouchResult } from "./wave.ts";

/** What one run did: the structured log line, and the answer to `warmer warm`. Holds no prompt text. */
export interface WarmReport {
  readonly outcome: Outcome;
  readonly healthy: boolean;
  readonly message: string;
  readonly color?: string;
  readonly release?: string;
  readonly due: number;
  readonly fills: number;
  readonly keepAlives: number;
  readonly failed: number;
  /** Spent and reserved in this UTC hour, in micro-USD. */
  readonly spentThisHour?: MicroUsd;
  /** What the planner did; absent where every prefix is required. */
  readonly plan?: PlanReport;
  /** Prefixes that went wrong, by name, at most 20. */
  readonly problems: readonly {
    readonly prefix: string;
    readonly outcome: Outcome;
    readonly message?: string;
  }[];
}

const MAX_PROBLEMS = 20;

/** Sends the counts of a run. A run that touched nothing has nothing to count. */
export async function publishMetrics(metrics: Metrics, results: readonly TouchResult[]): Promise<void> {
  const sent = results.filter((result) => result.sent);
  if (sent.length === 0) return;
  const read = sum(sent, ({ usage }) => usage?.readTokens ?? 0);
  const total = sum(sent, ({ usage }) => (usage === undefined ? 0 : promptTokens(usage)));
  await metrics.publish(
    finitePoints([
      ...ratioPoint("HitRate", read, total),
      { name: "UnexpectedFills", value: sum(sent, ({ unexpectedFill }) => (unexpectedFill ? 1 : 0)) },
    ]),
  );
}

function sum<T>(items: readonly T[], of: (item: T) => number): number {
  return items.reduce((total, item) => total + of(item), 0);
}

/**
 * How a run ended that looked at what is due. A prompt beside the live color that cannot be warmed is its gate's matter,
 * or nobody's any more after a rollback from it: it makes no run unhealthy.
 */
export function outcomeOf(results: readonly TouchResult[], refusal: Outcome | undefined): Outcome {
  const counted = results.filter(({ state, outcome }) => state.beside !== true || !isOfThePrompt(outcome));
  return worst(
    results.some(({ sent }) => sent) ? "warmed" : "nothing_due",
    ...counted.map(({ outcome }) => outcome),
    ...(refusal === undefined ? [] : [refusal]),
  );
}

/** A run that ended before it touched anything. */
export function ended(outcome: Outcome, message: string): WarmReport {
  const { healthy } = OUTCOMES[outcome];
  return { outcome, healthy, message, due: 0, fills: 0, keepAlives: 0, failed: 0, problems: [] };
}

/** A run that resolved its target. */
export function reported(
  outcome: Outcome,
  target: ResolvedTarget,
  control: Control,
  results: readonly TouchResult[],
  due: number,
  plan?: PlanReport,
): WarmReport {
  const warmed = results.filter((result) => result.outcome === "warmed");
  const wrong = results.filter((result) => result.outcome !== "warmed");
  return {
    outcome,
    healthy: OUTCOMES[outcome].healthy,
    message: control.paused?.reason ?? explained(outcome, wrong),
    color: target.color,
    release: target.header.release,
    due,
    fills: warmed.filter(({ state }) => state.provenAt === undefined).length,
    keepAlives: warmed.filter(({ state }) => state.provenAt !== undefined).length,
    failed: wrong.length,
    spentThisHour: control.ledger.hour.spent,
    ...(plan !== undefined && { plan }),
    problems: wrong.slice(0, MAX_PROBLEMS).map(({ state, outcome: problem, failure }) => ({
      prefix: state.name,
      outcome: problem,
      ...(failure !== undefined && { message: failure.message }),
    })),
  };
}

/** What the outcome means, with the first prompt that it is true of and what came: one that was sent says more. */
function explained(outcome: Outcome, wrong: readonly TouchResult[]): string {
  const { meaning } = OUTCOMES[outcome];
  const examples = wrong.filter((result) => result.outcome === outcome);
  const example = examples.find((result) => result.failure !== undefined) ?? examples[0];
  if (example === undefined) return meaning;
  const { state, failure } = example;
  return [`${meaning}: prompt ${state.name}`, `model ${state.model}`, failure?.message]
    .filter((part) => part !== undefined)
    .join(", ");
}
