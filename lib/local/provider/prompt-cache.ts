import type { Breakpoint, Ttl } from "./breakpoints.ts";
import type { PromptBlock } from "./prompt-blocks.ts";

/** A prompt as the cache sees it. */
export interface CacheablePrompt {
  /** Caches are isolated per workspace. */
  readonly workspace: string;
  readonly blocks: readonly PromptBlock[];
  /** Only those that reach the model's minimum: the others neither read nor write. */
  readonly breakpoints: readonly Breakpoint[];
}

/** An entry as seen at one instant. */
export interface LiveEntry {
  readonly workspace: string;
  /** Hash of the prefix that the entry holds: the fingerprint of the request log, if it ends at the last breakpoint. */
  readonly hash: string;
  readonly tokens: number;
  readonly ttl: Ttl;
  /** ms since the epoch; the first instant at which the entry is gone. */
  readonly expiresAt: number;
}

/**
 * One life of an entry, from a write until it expires. Lives are kept apart so that requests which arrive out
 * of order in virtual time each see the cache of their own instant.
 */
interface Life {
  readonly visibleFrom: number;
  readonly ttl: Ttl;
  expiresAt: number;
}

interface Entry {
  readonly workspace: string;
  readonly hash: string;
  readonly tokens: number;
  lives: Life[];
}

const TTL_MS: Readonly<Record<Ttl, number>> = { "5m": 300_000, "1h": 3_600_000 };

/** Positions that a read checks per breakpoint, the breakpoint itself included (guide, read 2026-09-26). */
const LOOK_BACK_POSITIONS = 20;

/** How long after its end a life is still kept, for requests that arrive late in virtual time. */
const LATE_MS = 3_600_000;

/**
 * The prompt cache. All instants are arguments, in ms since the epoch; nothing happens by itself.
 *
 * Readings of the guide where it leaves a choice: a request refreshes the entry that it reads and those at its own
 * breakpoints before it; it writes only beyond what it read, so no entry comes into being unpaid.
 */
export class PromptCache {
  readonly #entries = new Map<string, Entry>();
  readonly #evictions: { readonly at: number; readonly workspace: string | undefined }[] = [];
  #sweepAt = Number.NEGATIVE_INFINITY;

  /** The longest prefix of the prompt that can be read at `at`; `undefined`: none. Changes nothing. */
  lookUp({ workspace, blocks, breakpoints }: CacheablePrompt, at: number): PromptBlock | undefined {
    for (const { index, block: breakpoint } of breakpoints.toReversed()) {
      for (let i = index; i >= 0; i--) {
        const block = blocks[i];
        if (block === undefined || breakpoint.position - block.position >= LOOK_BACK_POSITIONS) break;
        if (this.#life(workspace, block.hash, at) !== undefined) return block;
      }
    }
    return undefined;
  }

  /**
   * What a request that started at `at` and read `hit` leaves behind. Lifetimes count from the start of the
   * request; what it writes can be read from the instant at which its answer began.
   */
  record(prompt: CacheablePrompt, hit: PromptBlock | undefined, at: number, answerBegan: number): void {
    this.#sweep(at);
    const hitTokens = hit?.tokens ?? 0;
    if (hit !== undefined) this.#refresh(prompt.workspace, hit.hash, at);
    for (const { block, ttl } of prompt.breakpoints) {
      if (block.tokens <= hitTokens) this.#refresh(prompt.workspace, block.hash, at);
      else
        this.#write(prompt.workspace, block, { visibleFrom: answerBegan, ttl, expiresAt: at + TTL_MS[ttl] });
    }
  }

  /** Drops every entry that could be read before `at`; of one workspace, if one is given. */
  evict(at: number, workspace?: string): void {
    this.#evictions.push({ at, workspace });
  }

  /** What can be read at `at`, in no particular order. */
  entriesAt(at: number): readonly LiveEntry[] {
    return [...this.#entries.values()].flatMap(({ workspace, hash, tokens }) => {
      const life = this.#life(workspace, hash, at);
      return life === undefined
        ? []
        : [{ workspace, hash, tokens, ttl: life.ttl, expiresAt: life.expiresAt }];
    });
  }

  /** Entries held in memory, those included that are kept for late arrivals only. */
  get size(): number {
    return this.#entries.size;
  }

  /** The life that can be read at `at`; of several, the one that lasts longest. */
  #life(workspace: string, hash: string, at: number): Life | undefined {
    const lives = this.#entries.get(keyOf(workspace, hash))?.lives ?? [];
    return lives
      .filter(
        (life) =>
          life.visibleFrom <= at &&
          at < life.expiresAt &&
          !this.#evictedBetween(life.visibleFrom, at, workspace),
      )
      .reduce<Life | undefined>(
        (best, life) => (best && best.expiresAt >= life.expiresAt ? best : life),
        undefined,
      );
  }

  #evictedBetween(visibleFrom: number, at: number, workspace: string): boolean {
    return this.#evictions.some(
      (eviction) =>
        (eviction.workspace ?? workspace) === workspace && visibleFrom < eviction.at && eviction.at <= at,
    );
  }

  /** A read keeps the duration of the write before it (pricing page, read 2026-09-02), not the marker's. */
  #refresh(workspace: string, hash: string, at: number): void {
    const life = this.#life(workspace, hash, at);
    if (life !== undefined) life.expiresAt = Math.max(life.expiresAt, at + TTL_MS[life.ttl]);
  }

  #write(workspace: string, { hash, tokens }: PromptBlock, life: Life): void {
    const key = keyOf(workspace, hash);
    const entry = this.#entries.get(key);
    if (entry === undefined) this.#entries.set(key, { workspace, hash, tokens, lives: [life] });
    else entry.lives.push(life);
  }

  /** Forgets what nobody can ask for any more; once per hour of virtual time, so its cost stays small. */
  #sweep(at: number): void {
    if (at < this.#sweepAt) return;
    this.#sweepAt = at + LATE_MS;
    for (const [key, entry] of this.#entries) {
      entry.lives = entry.lives.filter(({ expiresAt }) => expiresAt + LATE_MS > at);
      if (entry.lives.length === 0) this.#entries.delete(key);
    }
  }
}

function keyOf(workspace: string, hash: string): string {
  return `${workspace}\n${hash}`;
}
