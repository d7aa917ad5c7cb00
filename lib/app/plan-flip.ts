import type { WarmerConfig } from "../core/config.ts";
import type { ManifestEntry, ManifestHeader } from "../core/manifest.ts";
import { adviceBook } from "../core/plan/advice-book.ts";
import { openPolicy, requiredPerHour } from "../core/plan/fleet-plan.ts";
import { adoptPlans, candidateEntries } from "../core/plan/plan-adopt.ts";
import { isPlanned } from "../core/plan/plan-prefix.ts";
import type { PrefixState } from "../core/prefix-state.ts";
import { StateUnreadable } from "./errors.ts";
import { hasOptional } from "./plan-run.ts";
import type { PlanStore } from "./ports.ts";

/** What the planner says when other manifests serve than before. */
export interface FlipPlanner {
  /** What is kept warm of a color beside the live one. */
  beside(entries: readonly ManifestEntry[], isCandidate: boolean, now: number): readonly ManifestEntry[];
  /** The prefixes as they are stored. */
  adopted(states: readonly PrefixState[], now: number): PrefixState[];
  /** Keeps what later plans need to know of these prefixes. @throws StateUnreadable */
  remember(states: readonly PrefixState[], now: number): Promise<void>;
}

/**
 * Asks the planner what a flip, a release or a gate means for optional prefixes. Of the previous color only what is
 * required stays warm for a rollback. Where no prefix is optional this costs no request, and where the plan cannot be
 * read it is made without it: no flip waits for the planner.
 */
export async function planFor(
  store: PlanStore,
  settings: WarmerConfig["policy"],
  headers: readonly ManifestHeader[],
  known: readonly PrefixState[],
): Promise<FlipPlanner> {
  const isNeeded = headers.some(hasOptional) || known.some(isPlanned);
  const read = isNeeded ? await store.read().catch(nothingIfUnreadable) : undefined;
  const { policy } = openPolicy(settings, read === "unreadable" ? undefined : read);
  return {
    beside: (entries, isCandidate, now) =>
      isCandidate
        ? candidateEntries(entries, known, policy, now)
        : entries.filter(({ required }) => required),
    adopted: (states, now) => adoptPlans(states, known, policy, now),
    remember: async (states, now) => {
      if (!isNeeded || read === "unreadable") return;
      const stored = read === undefined || "damaged" in read ? { policy: settings.name } : read;
      // Of another policy's plan the name stays as well: the next run sees it, and looks at every prefix.
      await store.write({
        ...stored,
        requiredPerHour: requiredPerHour(states),
        advice: adviceBook(states, policy, now),
      });
    },
  };
}

function nothingIfUnreadable(error: unknown): "unreadable" {
  if (error instanceof StateUnreadable) return "unreadable";
  throw error;
}
