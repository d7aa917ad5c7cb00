import type { Candidate } from "../diagnosis.ts";
import { organicMiss } from "./application.ts";
import { configurationError } from "./configuration.ts";
import { candidate, counted, type Evidence, failedSince, type Rule } from "./evidence.ts";
import { corruption, earlyEviction, ttlDowngraded, warmerLoop } from "./provider.ts";
import { largeManifestChange, modelChange, onboarding, scheduledRefresh } from "./releases.ts";
import { expired, priceChange } from "./time-and-money.ts";

/** Of two that fit equally, the first stands first. */
const RULES: readonly Rule[] = [
  ttlDowngraded,
  priceChange,
  configurationError,
  corruption,
  warmerLoop,
  modelChange,
  scheduledRefresh,
  largeManifestChange,
  onboarding,
  earlyEviction,
  expired,
];

/** A quarter of an hour that costs less than this part of a whole fill is no spike: info begins at 1.5 an hour. */
const LEAST_PART = 0.375;

/** Two patterns that together stay below this explain too little, and `unknown` stands beside them. */
const SURE = 0.5;

/** Every pattern that fits, best first. Evidence that fits two names both; what fits none is `unknown`. */
export function candidatesOf(evidence: Evidence): Candidate[] {
  const { cost, liveCost } = evidence;
  const weight = liveCost === 0 ? 1 : Math.min(1, cost / (LEAST_PART * liveCost));
  const found = [...RULES.map((rule) => weighed(rule(evidence), weight)), organicMiss(evidence)]
    .filter((one) => one !== undefined)
    .toSorted((a, b) => b.confidence - a.confidence);
  const best = found.slice(0, 2).reduce((sum, { confidence }) => sum + confidence, 0);
  return best >= SURE
    ? found
    : [...found, unknown(1 - best, evidence)].toSorted((a, b) => b.confidence - a.confidence);
}

/** What little money went into explains little. */
function weighed(found: Candidate | undefined, weight: number): Candidate | undefined {
  return found && candidate(found.cause, found.confidence * weight, found.evidence, found.next);
}

function unknown(confidence: number, evidence: Evidence): Candidate {
  const { fills, from } = evidence;
  const failed = failedSince(evidence, from);
  return {
    cause: "unknown",
    confidence: Math.round(100 * confidence) / 100,
    evidence: [
      fills.length === 0
        ? "nothing was written in these minutes"
        : `${counted(fills.length, "write matches", "writes match")} no pattern, or several in equal parts`,
      ...(failed === 0 ? [] : [`${counted(failed, "touch", "touches")} failed`]),
    ],
    next: ["warmer status", "warmer doctor"],
  };
}
