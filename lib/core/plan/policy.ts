import type { Ttl } from "../due.ts";
import type { Turns } from "../usage/turns.ts";
import type { Tariff } from "./tariff.ts";

/** One minute of one prefix's organic use, as the application's recorder reports it. */
export interface MinuteUse {
  /** Minutes since the epoch. */
  readonly minute: number;
  readonly requests: number;
  /** Size of the prefix in the minute's last request. */
  readonly tokens: number;
  /** TTL granted to the minute's last write; undefined when every request read. */
  readonly wrote: Ttl | undefined;
  /** When the minute's last request started, ms since the epoch, if the recorder says so. @default the minute's start */
  readonly lastStart?: number | undefined;
  /** How the minute's replies left their turns, of as many as told it. @default nothing is known */
  readonly turns?: Turns | undefined;
  /** The minute's last request ended its session: no more requests are expected. */
  readonly ended?: boolean | undefined;
}

/**
 * What the planner remembers of one prefix between ticks. `learned` belongs to the policy; everything but
 * what is given anew each time fits 200 bytes (encode.ts).
 */
export interface PlanState {
  /** Given: what tells prefixes apart. */
  readonly fingerprint: string;
  /** Given: kept warm whatever the policy thinks, until retired. From the manifest. */
  readonly required: boolean;
  /** Given: prices of the prefix's model at its size. */
  readonly tariff: Tariff;
  tokens: number;
  /** Requests seen, at most 65,535. */
  requests: number;
  /** Minute of the first organic use. */
  born: number;
  /** Minute of the last organic use, or of the publish before the first. */
  lastUse: number;
  /** Ms since the epoch, in whole seconds: no request that touched the entry is known to have started later. */
  lastStart: number;
  /** TTL of the entry in the provider's cache, as granted. */
  live: Ttl;
  /** TTL that the next write is advised to ask for. */
  advice: Ttl;
  /** Keep-alives that may still be sent before the entry is left to die; 255 for no end. */
  touchesLeft: number;
  /** Keep-alives sent since the last use, at most 254. */
  touchesSent: number;
  /** From when on a tick touches the prefix, ms since the epoch; NEVER if no touch is wanted. */
  touchAt: number;
  /** From when on a tick must look at the prefix again, for a touch or to learn from silence; or NEVER. */
  dueAt: number;
  /** Its release has been replaced, or its session has ended: no touch until it is used again. */
  retired: boolean;
  /** Filled, and not used since: its keep-alives are a budget, and that nobody comes says nothing yet. */
  filled: boolean;
  readonly learned: Uint16Array;
}

/** A `touchesLeft` that never runs out. */
export const ENDLESS = 255;

/** What policies that learn are told; the others need nothing of it. */
export interface PolicySettings {
  /** What one cold request is worth beyond its money, in uncached reads of the prefix. @default 0.5 */
  readonly lambda?: number;
  /** Days (UTC) on which little use is expected, as "2026-12-25". @default none */
  readonly closedDays?: readonly string[];
  /** The application writes 5m whatever it is advised. When it is not said, it is found out. @default false */
  readonly only5m?: boolean;
}

/**
 * How a named policy decides. It holds what is common to the fleet; what belongs to one prefix is in
 * `PlanState`. No method reads a clock, draws a random number or does I/O, and what one prefix teaches
 * the fleet is seen only after `commit`: within a tick, equal histories get equal plans in any order.
 */
export interface Policy {
  readonly name: string;
  /** How many 16-bit numbers the policy keeps for a prefix. */
  readonly learnedSize: number;
  /** The TTL that a prefix never seen before is advised to write with. */
  firstTtl(tariff: Tariff): Ttl;
  /**
   * Learns from one minute's use and sets `advice` and `touchesLeft`. `live` is already what the use
   * left behind and `born` is set; `tokens`, `requests` and `lastUse` are still those of the use before.
   */
  use(state: PlanState, use: MinuteUse): void;
  /** Learns from silence up to `minute`; called at due ticks and before `use`. */
  idle(state: PlanState, minute: number): void;
  /** The next minute in which `idle` wants to be called although no touch is due; `undefined` for none. */
  reviewAfter(state: PlanState, minute: number): number | undefined;
  /** Whether the keep-alive that is due pays by what is known now, which is more than at the use it follows. Default yes. */
  stillPays?(state: PlanState): boolean;
  /** Whether the touch may be sent although money has been spent on this silence already. Default yes. */
  mayTouch?(state: PlanState, minute: number): boolean;
  /** Clock-driven policies touch in these minutes whatever the use was; others leave it out. */
  clock?(minute: number): boolean;
  /** How likely a prefix is used between two moments of its present silence, in [0, 1]. Default 1. */
  chanceOfUse?(state: PlanState, fromMinute: number, toMinute: number): number;
  /** How likely a prefix is used in the given minute, whatever is to be done about it, in [0, 1]. Default 1. */
  chanceInMinute?(state: PlanState, minute: number): number;
  /** How many requests come in a minute in which the prefix is used at all, on average. Default 1. */
  requestsWhenUsed?(state: PlanState): number;
  /** A write was advised one TTL and granted another or the same. */
  granted?(advised: Ttl, granted: Ttl): void;
  /** End of a tick. */
  commit?(minute: number): void;
  /** What was learned of the fleet, for the store; policies that learn nothing leave both out. */
  encodeFleet?(): Uint8Array;
  /** @throws RangeError when the bytes are another version's */
  decodeFleet?(bytes: Uint8Array): void;
}
