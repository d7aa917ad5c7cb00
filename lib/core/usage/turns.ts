/**
 * Of some requests, how many replies ended a turn and how many left it open: an application that is asked to use a
 * tool asks again within seconds, a person who got an answer when it suits. Requests of which that is not known are in
 * neither number.
 */
export interface Turns {
  /** The same turn goes on with another request. */
  readonly open: number;
  /** The next request, if there is one, begins a turn. */
  readonly over: number;
}

export const NO_TURNS: Turns = { open: 0, over: 0 };

/**
 * What a reply's `stop_reason` says of its turn; `undefined` for what is none, for example that of a stream that has
 * not ended. `tool_use` waits for a tool's result and `pause_turn` is to be sent back as it is; after any other, also
 * one that is not known yet, somebody has to say something new (SDK 1.11.0, `StopReason`, read 2026-11-29).
 */
export function turnAfter(stopReason: unknown): keyof Turns | undefined {
  if (typeof stopReason !== "string" || stopReason === "") return undefined;
  return stopReason === "tool_use" || stopReason === "pause_turn" ? "open" : "over";
}

/** The turns of both; `undefined` if nothing is known of either. */
export function addTurns(a: Turns | undefined, b: Turns | undefined): Turns | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return { open: a.open + b.open, over: a.over + b.over };
}
