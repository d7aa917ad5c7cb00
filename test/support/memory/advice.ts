import { AdviceFailed } from "../../../lib/app/errors.ts";
import type { AdviceParameter } from "../../../lib/app/ports.ts";

/** The parameter of the TTL advice in memory, with what was written to it. */
export class MemoryAdvice implements AdviceParameter {
  readonly #now: () => number;
  /** Oldest first. */
  readonly written: { readonly value: string; readonly modifiedAt: number }[] = [];
  reads = 0;
  /** Whether SSM refuses to read, or to write. */
  refuses: "read" | "write" | undefined;

  constructor(now: () => number) {
    this.#now = now;
  }

  get value(): string | undefined {
    return this.written.at(-1)?.value;
  }

  async read() {
    this.reads += 1;
    if (this.refuses === "read")
      throw new AdviceFailed("ttl-advice could not be read: AccessDeniedException");
    return this.written.at(-1);
  }

  async write(value: string): Promise<void> {
    if (this.refuses === "write")
      throw new AdviceFailed("ttl-advice could not be written: AccessDeniedException");
    this.written.push({ value, modifiedAt: this.#now() });
  }
}
