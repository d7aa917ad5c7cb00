import { fraction } from "../../lib/local/deterministic.ts";

/** One request of the application. */
export interface Organic {
  /** Ms since the flip. */
  readonly after: number;
  /** Which prompt, 0 being the most popular. */
  readonly prompt: number;
}

const MINUTE_MS = 60_000;

/**
 * A minute of an application's requests: independent arrivals, prompts by Zipf's law with exponent 1, the k-th most
 * popular being asked for 1/k as often as the first. Equal seeds give equal minutes.
 *
 * @param perMinute requests in a minute, on average
 */
export function aMinute(seed: string, prompts: number, perMinute: number): Organic[] {
  const weights = Array.from({ length: prompts }, (_, i) => 1 / (i + 1));
  const all = weights.reduce((sum, weight) => sum + weight, 0);
  const meanMs = MINUTE_MS / perMinute;
  const requests: Organic[] = [];
  for (let i = 0, after = 0; ; i++) {
    after += -meanMs * Math.log(1 - fraction(seed, "arrival", i));
    if (after >= MINUTE_MS) return requests;
    let left = all * fraction(seed, "prompt", i);
    const prompt = weights.findIndex((weight) => {
      left -= weight;
      return left < 0;
    });
    requests.push({ after: Math.floor(after), prompt: Math.max(0, prompt) });
  }
}
