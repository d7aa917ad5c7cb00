import { MINUTE_MS } from "../core/due.ts";
import type { ManifestHeader } from "../core/manifest.ts";
import { adviceOf } from "../core/plan/advice-book.ts";
import { encodeTtlAdvice, NO_ADVICE, type TtlAdvice } from "../core/plan/ttl-advice.ts";
import { AdviceFailed, StateUnreadable } from "./errors.ts";
import { hasOptional } from "./plan-run.ts";
import type { AdviceParameter, PlanStore } from "./ports.ts";

export interface AdvicePorts {
  readonly advice: AdviceParameter;
  readonly plan: Pick<PlanStore, "read">;
}

/** Advice changes slowly, and the application keeps it for minutes: the monitor looks after it in one minute of five. */
const EVERY_MINUTES = 5;

/**
 * Publishes what the plan advises to the application, if it is other than what is published. The advice is of the live
 * color's optional prefixes: without any, nothing is published, and what was before is taken back. Its failure is told
 * and never fails the cycle: the application goes on with the advice that it has.
 *
 * @param header of the live manifest; `undefined` if it is unknown: what is published stays
 * @returns what there is to tell
 */
export async function publishAdvice(
  { advice, plan }: AdvicePorts,
  header: ManifestHeader | undefined,
  now: number,
): Promise<string[]> {
  if (header === undefined || Math.floor(now / MINUTE_MS) % EVERY_MINUTES !== 0) return [];
  try {
    const published = await advice.read();
    if (published === undefined && !hasOptional(header)) return [];
    const next = hasOptional(header) ? await plannedAdvice(plan) : NO_ADVICE;
    const value = next && encodeTtlAdvice(next);
    if (value === undefined || value === published?.value) return [];
    await advice.write(value);
    return ["TTL advice published"];
  } catch (error) {
    if (!(error instanceof AdviceFailed || error instanceof StateUnreadable)) throw error;
    return [`TTL advice not published: ${error.message}`];
  }
}

/** `undefined` as long as the plan has none. */
async function plannedAdvice(plan: AdvicePorts["plan"]): Promise<TtlAdvice | undefined> {
  const stored = await plan.read();
  if (stored === undefined || "damaged" in stored || stored.advice === undefined) return undefined;
  return adviceOf(stored.advice);
}
