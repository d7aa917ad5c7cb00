import type { ProviderFailure } from "../core/provider-failure.ts";

/** After this many failures in a row the provider is down. */
const OPENS_AT = 5;

/** Stops one run from asking a provider that is down; the next tick asks again. */
export class Breaker {
  #failuresInRow = 0;

  get isOpen(): boolean {
    return this.#failuresInRow >= OPENS_AT;
  }

  /** Takes the end of one request. An answer that refuses is an answer: only what may pass by itself counts. */
  record(failure: ProviderFailure | undefined): void {
    this.#failuresInRow = failure?.directive === "retry" ? this.#failuresInRow + 1 : 0;
  }
}
