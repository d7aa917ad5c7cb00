/** What must hold after a soak, and at every minute of it. */
import { costBound } from "../../lib/core/bounds.ts";
import { NEVER } from "../../lib/core/due.ts";
import { OUTCOMES } from "../../lib/core/outcome.ts";
import { toMicroUsd } from "../../lib/local/provider/bill.ts";
import type { FaultKind } from "../../lib/local/provider/faults.ts";
import type { LoggedRequest } from "../../lib/local/provider/request-log.ts";
import { MINUTE, type Planned, TABLE_FAULTS } from "./faults.ts";
import { isFlat, trendsOf } from "./memory.ts";
import type { Stage } from "./stage.ts";

const DAY_MS = 86_400_000;

/** Requests whose price the warmer cannot know: their reservations stay spent. */
const UNPROVEN: ReadonlySet<FaultKind> = new Set([
  "timeout",
  "dropped_connection",
  "missing_usage",
  "not_json",
  "server_error",
  "gateway_timeout",
]);

/** A run that met an outage of the table may have begun so long before it; its reservations stay spent too. */
const RUN_MS = 2 * MINUTE;

/** The ledger beside the bill, since midnight, in micro-USD. */
export interface Money {
  readonly spent: number;
  readonly billed: number;
  /** What the ledger may hold beyond the bill: the reservations of what is unproven, and a micro-dollar a touch. */
  readonly room: number;
}

/** Holds the ledger against the provider's bill at this minute. @returns what is wrong */
export async function auditMoney(
  stage: Stage,
  planned: readonly Planned[],
): Promise<{ readonly money: Money; readonly wrong: string[] } | undefined> {
  const { engine, operator, provider } = stage;
  const tables = planned.filter(({ name }) => TABLE_FAULTS.has(name));
  if (tables.some(({ from, until }) => engine.now() >= from && engine.now() <= until)) return undefined;
  const held = await operator.control.read();
  const spent = held?.control.ledger.day.spent ?? 0;
  const midnight = (held?.control.ledger.day.key ?? 0) * DAY_MS;
  const today = provider.log.filter(({ at, endpoint }) => endpoint === "messages" && at >= midnight);
  const doubtful = today.filter(
    ({ at, fault }) =>
      (fault !== undefined && UNPROVEN.has(fault)) ||
      tables.some(({ from, until }) => at >= from - RUN_MS && at <= until),
  );
  const reserved = doubtful.reduce((sum, request) => sum + boundOf(request), 0);
  const inFlight = held?.control.ledger.inFlight.reduce((sum, { amount }) => sum + amount, 0) ?? 0;
  const billed = toMicroUsd(provider.bill.total({ caller: "warmer", from: midnight }).cost);
  // A touch reserved before midnight and sent after it belongs to the day before.
  const [first] = today;
  const carried = first !== undefined && first.at - midnight < MINUTE ? RUN_MS : 0;
  const surely = toMicroUsd(provider.bill.total({ caller: "warmer", from: midnight + carried }).cost);
  const money = { spent, billed, room: reserved + inFlight + today.length };
  const at = new Date(engine.now()).toISOString();
  const wrong = [
    ...(spent < surely ? [`${at}: the ledger holds ${spent}, billed were ${surely}`] : []),
    ...(spent > billed + money.room
      ? [`${at}: the ledger holds ${spent}, billed were ${billed} and ${money.room} are unproven`]
      : []),
  ];
  return { money, wrong };
}

/** Whether every record is there that should be, after the last minute. @returns what is wrong */
export async function auditRecords(
  stage: Stage,
  planned: readonly Planned[],
  prefixes: number,
  pauses: number,
): Promise<string[]> {
  const { engine, operator, provider } = stage;
  const wrong: string[] = [];
  const expect = (holds: boolean, what: string) => {
    if (!holds) wrong.push(what);
  };
  const all = await operator.prefixes.all();
  const live = all.filter(({ dueAt, beside }) => dueAt !== NEVER && beside !== true);
  expect(live.length === prefixes, `${live.length} of ${prefixes} prefixes of the live color have a record`);
  expect(
    all.every(({ stopped }) => stopped === undefined),
    "a prefix was stopped",
  );

  const tables = planned.filter(({ name }) => TABLE_FAULTS.has(name));
  const lastOf = lastTouches(provider.log);
  const forgotten = live.filter(({ lastStart = 0 }) => {
    const count = lastOf.get(lastStart) ?? 0;
    lastOf.set(lastStart, count - 1);
    return count <= 0;
  });
  const inOutage = (at: number) => tables.some(({ from, until }) => at >= from - RUN_MS && at <= until);
  const unknown = forgotten.filter(({ lastStart = 0 }) => !inOutage(lastStart));
  expect(unknown.length === 0, `${unknown.length} prefixes do not know their last touch`);

  const { control } = (await operator.control.read()) ?? {};
  expect((control?.outbox ?? []).length === 0, "a notice was never sent");
  const incidents = (await operator.incidents.list(1_000)).filter(({ kind }) => kind === "paused");
  expect(incidents.length >= pauses, `${pauses} pauses, ${incidents.length} incidents of a pause`);
  expect(
    incidents.every(({ closedAt }) => closedAt !== undefined),
    "an incident was never closed",
  );

  for (const [outcome, count] of outcomesOf(stage)) {
    expect(outcome in OUTCOMES, `${count} runs ended with ${outcome}`);
  }
  for (const trend of trendsOf(stage.samples())) {
    expect(isFlat(trend), `the memory of ${trend.function} grows: ${JSON.stringify(trend)}`);
  }
  expect(
    engine.sqs.depths(engine.now()).every(({ visible }) => visible >= 0),
    "a queue is broken",
  );
  return wrong;
}

/** How the functions' runs ended, and how often. */
export function outcomesOf({ engine }: Stage): Map<string, number> {
  const counts = new Map<string, number>();
  for (const event of engine.journal.events) {
    if (event.kind !== "invoked") continue;
    const outcome = event.error?.errorMessage.split(":")[0] ?? outcomeOf(event.result);
    counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
  }
  return counts;
}

// --- internal ---

/** The gate function answers with the gate itself. */
function outcomeOf(result: unknown): string {
  const { outcome, deadline, answer } = (result ?? {}) as {
    readonly outcome?: string;
    readonly deadline?: number;
    readonly answer?: object;
  };
  if (outcome !== undefined) return outcome;
  if (deadline === undefined) return "no outcome";
  return answer === undefined ? "gate_open" : "gate_answered";
}

/** As the warmer reserved it: by the counted tokens, every one written at the dearest rate. */
function boundOf({ model, at, bytes, promptTokens }: LoggedRequest): number {
  const size = { bytes, outputTokens: 1, ...(promptTokens !== undefined && { countedTokens: promptTokens }) };
  return costBound({ model }, size, at) ?? 0;
}

/** Starts of the last touch of each prompt that was answered, and of how many prompts. */
function lastTouches(log: readonly LoggedRequest[]): Map<number, number> {
  const last = new Map<string, number>();
  for (const { at, endpoint, fault, usage, fingerprint } of log) {
    if (endpoint !== "messages" || fault !== undefined || usage === undefined) continue;
    if (fingerprint !== undefined) last.set(fingerprint, Math.max(at, last.get(fingerprint) ?? 0));
  }
  const counts = new Map<number, number>();
  for (const at of last.values()) counts.set(at, (counts.get(at) ?? 0) + 1);
  return counts;
}
