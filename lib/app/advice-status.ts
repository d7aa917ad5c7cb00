import { type Advised, parseTtlAdvice } from "../core/plan/ttl-advice.ts";
import { AdviceFailed } from "./errors.ts";
import type { AdviceParameter } from "./ports.ts";

/** The TTL advice as it is published, or why nobody can take it. */
export type AdviceStatus =
  | {
      readonly publishedAt: number;
      /** What is advised for every prefix that is not listed. */
      readonly unlisted: Advised;
      /** How many prefixes are listed, by what is advised for them. */
      readonly listed: Readonly<Record<Advised, number>>;
    }
  | { readonly problem: string };

/** `undefined` if nothing is published. */
export async function adviceStatus(advice: Pick<AdviceParameter, "read">): Promise<AdviceStatus | undefined> {
  try {
    const published = await advice.read();
    if (published === undefined) return undefined;
    const parsed = parseTtlAdvice(published.value);
    if (typeof parsed === "string") return { problem: parsed };
    const listed: Record<Advised, number> = { "1h": 0, "5m": 0, own: 0 };
    for (const advised of parsed.listed.values()) listed[advised] += 1;
    return { publishedAt: published.modifiedAt, unlisted: parsed.unlisted, listed };
  } catch (error) {
    if (!(error instanceof AdviceFailed)) throw error;
    return { problem: error.message };
  }
}
