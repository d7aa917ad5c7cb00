import { TargetUnreadable } from "../../../lib/app/errors.ts";
import type { LiveColorParameter, LiveColorSwitch } from "../../../lib/app/ports.ts";

/** The live-color parameter in memory. */
export class MemoryLiveColor implements LiveColorParameter, LiveColorSwitch {
  readonly #now: () => number;
  /** `undefined`: the parameter does not exist. A test may set any value, as SSM takes any. */
  value: string | undefined;
  version = 0;
  modifiedAt = 0;
  /** Whether SSM fails to answer. */
  unavailable = false;

  constructor(now: () => number) {
    this.#now = now;
  }

  async read() {
    if (this.unavailable) throw new TargetUnreadable("live-color could not be read: TimeoutError");
    const { value, version, modifiedAt } = this;
    return value === undefined ? undefined : { value, version, modifiedAt };
  }

  async create(color: string): Promise<boolean> {
    if (this.value !== undefined) return false;
    await this.write(color);
    return true;
  }

  async write(color: string): Promise<number> {
    this.value = color;
    this.version += 1;
    this.modifiedAt = this.#now();
    return this.version;
  }
}
