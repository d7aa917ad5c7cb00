import { createHash } from "node:crypto";

/** Only requests that are alike at the same instant need numbers; what lies further back is forgotten. */
const REMEMBERED = 10_000;

/**
 * Ids that depend on the request and not on the order of arrival, so that two runs which send the same requests
 * in another order of real time see the same ids.
 */
export class Ids {
  readonly #seed: string;
  readonly #given = new Map<string, number>();

  constructor(seed: string) {
    this.#seed = seed;
  }

  /** The hash that a request's ids are made of; equal requests get different ones, in order of arrival. */
  next(at: number, path: string, body: Buffer): string {
    const request = createHash("sha256").update(`${this.#seed}\n${at}\n${path}\n`).update(body).digest("hex");
    const nth = this.#given.get(request) ?? 0;
    if (this.#given.size >= REMEMBERED) this.#given.clear();
    this.#given.set(request, nth + 1);
    return createHash("sha256").update(`${request}${nth}`).digest("hex").slice(0, 22);
  }
}
