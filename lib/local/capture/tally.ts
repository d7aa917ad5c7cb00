import type { Recording } from "./prompt-files.ts";

/** What a run of the proxy came to. `messages` is the sum of `recorded`, `duplicates` and the counts of `refused`. */
export interface CaptureSummary {
  /** Everything that was forwarded. */
  readonly requests: number;
  /** Those of them that were `POST /v1/messages`. */
  readonly messages: number;
  readonly recorded: number;
  /** Requests whose prefix had its file already. */
  readonly duplicates: number;
  /** The most frequent reason first. */
  readonly refused: readonly { readonly path: string; readonly message: string; readonly count: number }[];
  readonly files: readonly { readonly file: string; readonly fingerprint: string }[];
}

/** A path may have an index in it, so reasons could be as many as requests; what is beyond counts together. */
const MAX_REASONS = 50;
const OTHER = { path: "(more)", message: "other reasons; the first of each are above" };

export class Tally {
  requests = 0;
  readonly #files = new Map<string, string>();
  readonly #refused = new Map<string, { path: string; message: string; count: number }>();
  #recorded = 0;
  #duplicates = 0;

  /** @returns whether this is news: a file that is new, or a reason that was not met before */
  add(recording: Recording): boolean {
    if (recording.kind === "refused") return this.#refuse(recording);
    this.#files.set(recording.fingerprint, recording.file);
    if (recording.kind === "recorded") this.#recorded += 1;
    else this.#duplicates += 1;
    return recording.kind === "recorded";
  }

  summary(): CaptureSummary {
    const refused = [...this.#refused.values()].sort((a, b) => b.count - a.count);
    return {
      requests: this.requests,
      messages: this.#recorded + this.#duplicates + refused.reduce((total, { count }) => total + count, 0),
      recorded: this.#recorded,
      duplicates: this.#duplicates,
      refused,
      files: [...this.#files].map(([fingerprint, file]) => ({ file, fingerprint })),
    };
  }

  #refuse({ path, message }: { readonly path: string; readonly message: string }): boolean {
    const key = `${path}\n${message}`;
    const isFull = this.#refused.size >= MAX_REASONS && !this.#refused.has(key);
    const reason = isFull ? OTHER : { path, message };
    const met = this.#refused.get(isFull ? "" : key);
    if (met === undefined) this.#refused.set(isFull ? "" : key, { ...reason, count: 1 });
    else met.count += 1;
    return met === undefined && !isFull;
  }
}
