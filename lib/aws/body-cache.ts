import type { Clock } from "../app/ports.ts";
import type { RequestBody } from "../core/prefix.ts";

/** Characters of all bodies together; as text of one byte each, a sixteenth of the warm function's memory. */
const MAX_KEPT = 64 * 1024 * 1024;

/** What is kept warm is touched every hour. What was not used for two belongs to a release that is over. */
const KEPT_UNUSED_MS = 2 * 3_600_000;

interface Kept {
  readonly body: RequestBody;
  readonly length: number;
  readonly usedAt: number;
}

/** Prompt bodies between the runs of one function instance, by digest: a body never changes. */
export class BodyCache {
  readonly #clock: Pick<Clock, "now">;
  readonly #maxKept: number;
  /** The one that nobody has used for longest comes first. */
  readonly #kept = new Map<string, Kept>();
  #length = 0;

  /** @param maxKept characters. @default 64 Mi */
  constructor(clock: Pick<Clock, "now">, maxKept = MAX_KEPT) {
    this.#clock = clock;
    this.#maxKept = maxKept;
  }

  has(digest: string): boolean {
    return this.#kept.has(digest);
  }

  put(digest: string, body: RequestBody, length: number): void {
    this.#forget(digest);
    this.#kept.set(digest, { body, length, usedAt: this.#clock.now() });
    this.#length += length;
  }

  /** The body, which counts as used now. */
  use(digest: string): RequestBody | undefined {
    const kept = this.#kept.get(digest);
    if (kept !== undefined) this.put(digest, kept.body, kept.length);
    return kept?.body;
  }

  /** Lets go of what nobody used for two hours, and of what was used longest ago where it is too much. */
  tidy(): void {
    const over = this.#clock.now() - KEPT_UNUSED_MS;
    for (const [digest, { usedAt }] of this.#kept) {
      if (usedAt > over && this.#length <= this.#maxKept) return;
      this.#forget(digest);
    }
  }

  #forget(digest: string): void {
    this.#length -= this.#kept.get(digest)?.length ?? 0;
    this.#kept.delete(digest);
  }
}
