import { TargetUnreadable } from "../../../lib/app/errors.ts";
import type { LiveColorHistory, LiveColorSwitch } from "../../../lib/app/ports.ts";

interface Version {
  readonly value: string;
  readonly version: number;
  readonly modifiedAt: number;
}

/** The live-color parameter in memory, with all its versions. */
export class MemoryLiveColor implements LiveColorHistory, LiveColorSwitch {
  readonly #now: () => number;
  /** Oldest first; none when the parameter does not exist. */
  versions: Version[] = [];
  /** Whether SSM fails to answer. */
  unavailable = false;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** `undefined`: the parameter does not exist. */
  get value(): string | undefined {
    return this.versions.at(-1)?.value;
  }

  /** A test may set any value, as SSM takes any: a new version. `undefined` deletes the parameter and its versions. */
  set value(value: string | undefined) {
    if (value === undefined) this.versions = [];
    else this.versions.push({ value, version: this.version + 1, modifiedAt: this.#now() });
  }

  get version(): number {
    return this.versions.at(-1)?.version ?? 0;
  }

  async read() {
    this.#checkAvailable();
    return this.versions.at(-1);
  }

  async since(value: string) {
    this.#checkAvailable();
    const other = this.versions.findLastIndex((version) => version.value !== value);
    const first = this.versions[other + 1];
    return first && { version: first.version, modifiedAt: first.modifiedAt };
  }

  async create(color: string): Promise<boolean> {
    if (this.value !== undefined) return false;
    await this.write(color);
    return true;
  }

  async write(color: string): Promise<number> {
    this.value = color;
    return this.version;
  }

  #checkAvailable(): void {
    if (this.unavailable) throw new TargetUnreadable("live-color could not be read: TimeoutError");
  }
}
