import { MINUTE_MS, TTL_MS } from "../due.ts";
import type { PlannedPrefix } from "./plan-prefix.ts";
import type { Policy } from "./policy.ts";
import { TOUCH_OVERHEAD_TOKENS, writeShare } from "./tariff.ts";
import { DEFAULT_SHARE, type DeferReason, type PlanLimits } from "./tick.ts";

/**
 * Whether a prefix waits for a first fill: it has taken the place of one that was used, and nobody is known to have
 * written its own bytes. One that replaces nothing is never filled before it is used: its name alone says nothing.
 */
export function awaitsFirstFill({ plan }: PlannedPrefix): boolean {
  return plan.requests > 0 && plan.lastStart === 0;
}

/**
 * What filling it now is expected to save, in base-price tokens; negative if it costs more than it saves. With chance p
 * it is used before the entry expires, and then a read is paid where the user would have waited for a write. Policies
 * that predict nothing fill nothing. It is written as its predecessor was.
 */
export function worthOfFirstFill(
  { plan }: Pick<PlannedPrefix, "plan">,
  now: number,
  policy: Policy,
  lambda: number,
): number {
  const { tariff, tokens } = plan;
  const minute = Math.floor(now / MINUTE_MS);
  const chance = policy.chanceOfUse?.(plan, minute, minute + TTL_MS[plan.live] / MINUTE_MS) ?? 0;
  const write = writeShare(tariff, plan.live);
  return tokens * (chance * (write + lambda - tariff.read) - write) - TOUCH_OVERHEAD_TOKENS;
}

/** A first fill that is expected to pay. */
interface WantedFill<Prefix extends PlannedPrefix> {
  readonly member: Prefix;
  readonly worth: number;
}

/** As many of the wanted fills as the limits leave room for, those that save most for their tokens first. */
export function fittingFills<Prefix extends PlannedPrefix>(
  wanted: readonly WantedFill<Prefix>[],
  {
    requestsPerMinute = Number.POSITIVE_INFINITY,
    inputTokensPerMinute = Number.POSITIVE_INFINITY,
    share = DEFAULT_SHARE,
    budget = Number.POSITIVE_INFINITY,
  }: PlanLimits,
): {
  readonly fitting: readonly Prefix[];
  readonly left: readonly { readonly member: Prefix; readonly reason: DeferReason }[];
} {
  const room = { requests: requestsPerMinute * share, tokens: inputTokensPerMinute * share, money: budget };
  const fitting: Prefix[] = [];
  const left: { member: Prefix; reason: DeferReason }[] = [];
  for (const { member } of wanted.toSorted(byWorth)) {
    const { plan } = member;
    const tokens = plan.tokens + TOUCH_OVERHEAD_TOKENS;
    const money = (tokens * writeShare(plan.tariff, plan.live) * plan.tariff.input) / 1_000_000;
    if (room.requests < 1) left.push({ member, reason: "no_requests" });
    else if (room.tokens < tokens) left.push({ member, reason: "no_tokens" });
    else if (room.money < money) left.push({ member, reason: "no_money" });
    else {
      room.requests -= 1;
      room.tokens -= tokens;
      room.money -= money;
      fitting.push(member);
    }
  }
  return { fitting, left };
}

function byWorth(a: WantedFill<PlannedPrefix>, b: WantedFill<PlannedPrefix>): number {
  const perToken = ({ member, worth }: WantedFill<PlannedPrefix>) => worth / member.plan.tokens;
  return perToken(b) - perToken(a) || (a.member.plan.fingerprint < b.member.plan.fingerprint ? -1 : 1);
}
