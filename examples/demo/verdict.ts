import type { Seen } from "./application.ts";
import { MINUTE_MS, STARTS_AT } from "./world.ts";

const BARS = "▁▂▃▄▅▆▇█";
const CELL_MS = 10 * MINUTE_MS;

/** First requests of sessions: the ones that a cold cache hurts, and that a daily average hides. */
export function firstRequests(
  seen: readonly Seen[],
  from = 0,
): { readonly warm: number; readonly all: number } {
  const first = seen.filter(({ turn, at }) => turn === 0 && at >= from);
  return { warm: first.filter(({ warm }) => warm).length, all: first.length };
}

export function percent({ warm, all }: { readonly warm: number; readonly all: number }): string {
  return all === 0 ? "no requests" : `${Math.round((100 * warm) / all)} %`;
}

/** One cell for each ten minutes: the share of warm first requests, a dot where there were none. */
export function sparkline(seen: readonly Seen[], until: number): string {
  const cells = Math.ceil((until - STARTS_AT) / CELL_MS);
  return Array.from({ length: cells }, (_, i) => {
    const start = STARTS_AT + i * CELL_MS;
    const { warm, all } = firstRequests(seen.filter(({ at }) => at >= start && at < start + CELL_MS));
    return all === 0 ? "·" : (BARS[Math.round((warm / all) * (BARS.length - 1))] ?? "·");
  }).join("");
}

/** Where an instant stands in a sparkline. */
export function cellOf(at: number): number {
  return Math.floor((at - STARTS_AT) / CELL_MS);
}
