import { MINUTE_MS } from "./due.ts";
import type { EventKind, KnownEvent } from "./known-event.ts";
import { formatUsd } from "./money.ts";

const NOUNS: Readonly<Record<EventKind, string>> = {
  onboarding: "an onboarding",
  "large-merge": "a large merge",
  "scheduled-refresh": "a scheduled refresh",
  "model-change": "a change of model",
  deploy: "a deploy",
  publish: "a release",
  gate: "a gate",
  flip: "a flip",
  configuration: "a change of the configuration",
  "stack-update": "a stack update",
};

/** `a release of green (42) started 4 minutes before`: in words, against the instant that people ask about. */
export function eventText(event: KnownEvent, at: number): string {
  const { kind, color, release, from, expectedCost } = event;
  const of = color === undefined ? "" : kind === "flip" ? ` to ${color}` : ` of ${color}`;
  const which = release === undefined ? "" : ` (${release})`;
  const cost = expectedCost === undefined ? "" : `, predicted to cost ${formatUsd(expectedCost)}`;
  return `${NOUNS[kind]}${of}${which} started ${distance(from, at)}${cost}`;
}

function distance(from: number, at: number): string {
  const minutes = Math.round(Math.abs(at - from) / MINUTE_MS);
  if (minutes === 0) return "at the same time";
  const amount =
    minutes < 120 ? `${minutes} minute${minutes === 1 ? "" : "s"}` : `${Math.round(minutes / 60)} hours`;
  return `${amount} ${from <= at ? "before" : "after"}`;
}
