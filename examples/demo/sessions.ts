import { exponential } from "./chance.ts";

/** One request of the support desk's application. */
export interface AppRequest {
  readonly at: number;
  readonly session: number;
  /** 0 is the first request of its session: the one that a cold cache hurts. */
  readonly turn: number;
}

const MINUTE_MS = 60_000;
const MEAN_BETWEEN_SESSIONS_MS = 10 * MINUTE_MS;
const TURNS = 3;
const MEAN_BETWEEN_TURNS_MS = 40_000;

/** A quiet support desk: six sessions an hour, three questions each, at instants drawn from the seed. */
export function drawSessions(seed: string, from: number, until: number): AppRequest[] {
  const requests: AppRequest[] = [];
  let start = from;
  for (let session = 0; ; session++) {
    start += exponential(MEAN_BETWEEN_SESSIONS_MS, seed, "session", session);
    if (start >= until) break;
    let at = start;
    for (let turn = 0; turn < TURNS; turn++) {
      if (at < until) requests.push({ at, session, turn });
      at += 10_000 + exponential(MEAN_BETWEEN_TURNS_MS, seed, "turn", session, turn);
    }
  }
  return requests.sort((a, b) => a.at - b.at);
}
