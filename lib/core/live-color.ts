import { shown } from "./received.ts";

/** What a color may be called: it becomes part of a state key, never of a URL. */
export const COLOR_NAME = /^[a-z0-9][a-z0-9-]{0,31}$/;

/**
 * What the live-color parameter says. Missing, empty and unknown are different faults, and none of them
 * falls back to a default or to the last color: a warmer that guesses warms the graveyard.
 */
export type LiveColor =
  | { readonly kind: "live"; readonly color: string }
  | { readonly kind: "missing" }
  | { readonly kind: "empty" }
  | { readonly kind: "unknown"; readonly message: string };

/** Exact match against the configured colors: no trimming, no case folding. */
export function readLiveColor(value: string | undefined, colors: readonly string[]): LiveColor {
  if (value === undefined) return { kind: "missing" };
  if (value.trim() === "") return { kind: "empty" };
  if (colors.includes(value)) return { kind: "live", color: value };
  return {
    kind: "unknown",
    message: `live-color must be one of ${colors.join(", ")}, got ${shown(value)}`,
  };
}

/** The parameter's name, unless the configuration gives another one. */
export function liveColorParameter(service: string, environment: string): string {
  return `/${service}/${environment}/live-color`;
}
