import { describe, expect, it } from "vitest";
import { Breaker } from "../../lib/app/breaker.ts";
import type { Directive, ProviderFailure } from "../../lib/core/provider-failure.ts";

const aFailure = (directive: Directive): ProviderFailure => ({
  outcome: "transient_failure",
  directive,
  billed: "no",
  message: "m",
});
const BUSY = aFailure("retry");

/** Whether a run that met these ends of requests stops asking. */
function isOpenAfter(...ends: readonly (ProviderFailure | undefined)[]): boolean {
  const breaker = new Breaker();
  for (const end of ends) breaker.record(end);
  return breaker.isOpen;
}

describe("a run stops asking a provider that is down", () => {
  it("after five failures in a row, and not after four", () => {
    expect(isOpenAfter(BUSY, BUSY, BUSY, BUSY)).toBe(false);
    expect(isOpenAfter(BUSY, BUSY, BUSY, BUSY, BUSY)).toBe(true);
    expect(isOpenAfter()).toBe(false);
  });

  it("not where an answer came in between", () => {
    expect(isOpenAfter(BUSY, BUSY, BUSY, BUSY, undefined, BUSY)).toBe(false);
  });

  it("not where the answers refuse: only what may pass by itself counts", () => {
    const refused = aFailure("skip");
    expect(isOpenAfter(refused, refused, refused, refused, refused)).toBe(false);
    expect(isOpenAfter(BUSY, BUSY, BUSY, BUSY, refused, BUSY)).toBe(false);
  });
});
