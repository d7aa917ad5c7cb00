import type { ProviderReply } from "../../lib/app/ports.ts";
import { TTL_MS, type Ttl } from "../../lib/core/due.ts";
import { parseUsage, writtenTokens } from "../../lib/core/usage.ts";

/** The last touch of a prompt that was answered as it should be. */
interface Touched {
  readonly at: number;
  readonly ttl: Ttl;
}

/**
 * What is warm in truth, as far as the warmer could know: by the provider's answers to it, apart from all state. An
 * entry that the provider drops early is not part of it: nobody can know before the next touch.
 */
export class WarmTruth {
  readonly #touched = new Map<string, Touched>();
  #coldSince: number | undefined;

  /**
   * The provider answered a touch that began at an instant.
   *
   * @param asked the TTL that the prompt asks for: what is read first was written by the application, which takes the same
   */
  replied(words: string, at: number, reply: ProviderReply, asked: Ttl): void {
    const usage = reply.kind === "reply" ? parseUsage(reply.usage) : undefined;
    if (usage === undefined) return;
    const known = this.#touched.get(words);
    const ttl = usage.write1hTokens > 0 ? "1h" : usage.write5mTokens > 0 ? "5m" : (known?.ttl ?? asked);
    if (usage.readTokens + writtenTokens(usage) > 0) this.#touched.set(words, { at, ttl });
  }

  /**
   * Looks at the required prompts of the live color.
   *
   * @param required `undefined` if the live color stands for no prompts
   * @param isExcused whether nobody expects warmth, as during a pause
   * @returns since when one of them is cold, ms since the epoch; `undefined` if none is
   */
  look(required: readonly string[] | undefined, isExcused: boolean, now: number): number | undefined {
    const isWarm = (words: string) => {
      const touched = this.#touched.get(words);
      return touched !== undefined && now < touched.at + TTL_MS[touched.ttl];
    };
    const isCold = required === undefined || required.length === 0 || !required.every(isWarm);
    this.#coldSince = isExcused || !isCold ? undefined : (this.#coldSince ?? now);
    return this.#coldSince;
  }
}
