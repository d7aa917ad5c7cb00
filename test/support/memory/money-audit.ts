import type { Control } from "../../../lib/core/control.ts";
import type { BillLine } from "../../../lib/local/provider/bill.ts";
import type { MemoryWorld } from "./world.ts";

const PICO_PER_MICRO = 1_000_000n;

/** Limits as the bill is held against them, in micro-USD. */
export interface AuditedLimits {
  /** Per hour and per day; an allowance is added to each. */
  readonly hourly: number;
  readonly daily: number;
  /** Per day; no allowance is added. */
  readonly absoluteMax: number;
}

/** Money of one UTC hour or day, by the reservation that it was sent under. */
interface Account {
  billed: bigint;
  allowance: number;
}

/** What the provider billed and operators allowed, by the number of the UTC hour or day. */
type Accounts = ReadonlyMap<number, Readonly<Account>>;

/**
 * Holds the provider's bill against the ledger at every write of the control item and at every touch, and keeps
 * what does not add up. It knows nothing of how the ledger computes, only what must hold:
 * the bill of a window never passes its limit, the ledger of a window never falls below its bill, nothing is
 * reserved during a pause, generation and windows only rise, and the item stays small.
 */
export class MoneyAudit {
  /** By what does not hold: when it did not for the first time. */
  readonly #violations = new Map<string, number>();
  readonly #limits: AuditedLimits;
  readonly #world: MemoryWorld;
  readonly #hours = new Map<number, Account>();
  readonly #days = new Map<number, Account>();
  /** By run: the windows of its latest reservation, whose id begins with the run's (of at most 13 characters). */
  readonly #reservedBy = new Map<string, { readonly hourKey: number; readonly dayKey: number }>();
  #last: Control | undefined;

  constructor(world: MemoryWorld, limits: AuditedLimits) {
    this.#world = world;
    this.#limits = limits;
    this.#last = world.control.control;
    world.control.written = (control) => this.#written(control);
    world.sent = (runId, line) => this.#sent(runId, line);
  }

  /** What did not hold, and when for the first time. */
  get violations(): string[] {
    return [...this.#violations].map(([what, at]) => `${what} at ${new Date(at).toISOString()}`);
  }

  /** What the provider billed for touches that were reserved in the dearest hour, in micro-USD. */
  get dearestHour(): number {
    const billed = [...this.#hours.values()].map((account) => Number(account.billed / PICO_PER_MICRO));
    return Math.max(0, ...billed);
  }

  get hours(): Accounts {
    return this.#hours;
  }

  get days(): Accounts {
    return this.#days;
  }

  #written(control: Control): void {
    const { ledger, generation, paused } = control;
    const last = this.#last;
    const known = new Set(last?.ledger.inFlight.map(({ id }) => id));
    const fresh = ledger.inFlight.filter(({ id }) => !known.has(id));
    for (const { id, hourKey, dayKey } of fresh) {
      this.#reservedBy.set(id.slice(0, id.lastIndexOf(".")), { hourKey, dayKey });
    }
    this.#check(fresh.length === 0 || last?.paused === undefined, "reserved during a pause");
    if (last !== undefined) {
      const changed = (paused === undefined) !== (last.paused === undefined);
      this.#check(generation >= last.generation + (changed ? 1 : 0), "generation did not rise");
      this.#check(ledger.hour.key >= last.ledger.hour.key, "the hour went back");
      this.#check(ledger.day.key >= last.ledger.day.key, "the day went back");
    }
    this.#check((this.#world.control.item?.length ?? 0) < 8_192, "the control item has 8 KB");
    this.#last = control;
    account(this.#hours, ledger.hour.key).allowance = ledger.hour.allowance;
    account(this.#days, ledger.day.key).allowance = ledger.day.allowance;
    this.#compare();
  }

  #sent(runId: string, line: BillLine | undefined): void {
    const reservation = this.#reservedBy.get(runId);
    if (reservation === undefined) {
      this.#check(false, `${runId} sent without a reservation`);
      return;
    }
    const cost = line?.cost ?? 0n;
    const hour = account(this.#hours, reservation.hourKey);
    const day = account(this.#days, reservation.dayKey);
    hour.billed += cost;
    day.billed += cost;
    this.#check(
      hour.billed <= micro(this.#limits.hourly + hour.allowance),
      "the bill passed the hourly limit",
    );
    this.#check(day.billed <= micro(this.#limits.daily + day.allowance), "the bill passed the daily limit");
    this.#check(day.billed <= micro(this.#limits.absoluteMax), "the bill passed the absolute limit");
    this.#compare();
  }

  #compare(): void {
    const ledger = this.#last?.ledger;
    if (ledger === undefined) return;
    const hour = account(this.#hours, ledger.hour.key);
    const day = account(this.#days, ledger.day.key);
    this.#check(micro(ledger.hour.spent) >= hour.billed, "the hour's ledger is below its bill");
    this.#check(micro(ledger.day.spent) >= day.billed, "the day's ledger is below its bill");
  }

  #check(holds: boolean, violation: string): void {
    if (!holds && !this.#violations.has(violation)) this.#violations.set(violation, this.#world.now);
  }
}

/** What several ledgers of one warmer let through together, against limits that they share. */
export function brokenTogether(audits: readonly MoneyAudit[], limits: AuditedLimits): string[] {
  const passes = (accounts: readonly Accounts[], limit: number, widened: 0 | 1): boolean => {
    const keys = new Set(accounts.flatMap((one) => [...one.keys()]));
    return [...keys].some((key) => {
      const own = accounts.flatMap((one) => one.get(key) ?? []);
      const allowance = widened * own.reduce((sum, one) => sum + one.allowance, 0);
      return own.reduce((sum, { billed }) => sum + billed, 0n) > micro(limit + allowance);
    });
  };
  const hours = audits.map((audit) => audit.hours);
  const days = audits.map((audit) => audit.days);
  return [
    ...(passes(hours, limits.hourly, 1) ? ["the bill passed the hourly limit"] : []),
    ...(passes(days, limits.daily, 1) ? ["the bill passed the daily limit"] : []),
    ...(passes(days, limits.absoluteMax, 0) ? ["the bill passed the absolute limit"] : []),
  ];
}

function account(accounts: Map<number, Account>, key: number): Account {
  const known = accounts.get(key) ?? { billed: 0n, allowance: 0 };
  accounts.set(key, known);
  return known;
}

function micro(amount: number): bigint {
  return BigInt(amount) * PICO_PER_MICRO;
}
