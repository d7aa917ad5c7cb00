import type { Control } from "../core/control.ts";
import type { FillHistory } from "../core/fill-cost/fill-history.ts";
import type { ReadHistory } from "../core/fill-cost/fill-history-item.ts";
import type { Level } from "../core/fill-cost/spike.ts";
import type { DeployedAlarm } from "../core/findings.ts";
import type { Incident } from "../core/incident.ts";
import type { KnownEvent } from "../core/known-event.ts";
import type { Manifest, ManifestEntry, ManifestHeader } from "../core/manifest.ts";
import type { MetricPoint } from "../core/metrics.ts";
import type { ChatMessage } from "../core/notification.ts";
import type { DamagedPlan, FleetPlan } from "../core/plan/fleet-plan.ts";
import type { RequestBody } from "../core/prefix.ts";
import type { PrefixState } from "../core/prefix-state.ts";
import type { ProviderFailure } from "../core/provider-failure.ts";
import type { Gate, GateCallback } from "../core/release/gate.ts";
import type { UsageRecord } from "../core/usage/usage-record.ts";

/** The world as the use cases see it. Each port is what a test would fake, and no more. */

export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  sleep(ms: number): Promise<void>;
}

export interface LiveColorParameter {
  /** Reads fresh, never from a cache. `undefined` if the parameter does not exist. @throws TargetUnreadable */
  read(): Promise<
    { readonly value: string; readonly version: number; readonly modifiedAt: number } | undefined
  >;
}

/** The live color, and since when it is what it is. */
export interface LiveColorHistory extends LiveColorParameter {
  /**
   * The first version of the newest unbroken row of versions with this value: the zero of a flip. `undefined` if
   * the newest version has another value. @throws TargetUnreadable
   */
  since(value: string): Promise<{ readonly version: number; readonly modifiedAt: number } | undefined>;
}

/** The parameter of the TTL advice. The application reads it; the monitor alone writes it. */
export interface AdviceParameter {
  /** `undefined` if nothing was published. @throws AdviceFailed */
  read(): Promise<{ readonly value: string; readonly modifiedAt: number } | undefined>;
  /** @throws AdviceFailed */
  write(value: string): Promise<void>;
}

/** Writing the switch: the release pipeline's act, and `warmer init`'s once. No function has this port. */
export interface LiveColorSwitch {
  /** Creates the parameter if it does not exist; tells whether it did. */
  create(color: string): Promise<boolean>;
  /** @returns the version written */
  write(color: string): Promise<number>;
}

export interface ControlStore {
  /** `undefined` before `warmer init`. @throws StateUnreadable */
  read(): Promise<HeldControl | undefined>;
  /** Replaces the item if its revision is still `expected`; tells whether it did. @throws StateUnreadable */
  write(control: Control, expected: string | undefined, revision: string): Promise<boolean>;
}

/** The control item with the revision that a replacement must name. */
export interface HeldControl {
  readonly control: Control;
  readonly revision: string;
}

export interface PrefixStore {
  /**
   * Prefixes with `dueAt` up to `until`, earliest first. Its cost grows with what is due.
   *
   * @param along which others to bring along from a page that is read anyway. @default - none
   * @throws StateUnreadable
   */
  due(until: number, along?: (state: PrefixState) => boolean): Promise<PrefixState[]>;
  all(): Promise<PrefixState[]>;
  /** Optional prefixes by fingerprint, in any order; what is required, or not stored, is left out. @throws StateUnreadable */
  some(fingerprints: readonly string[]): Promise<PrefixState[]>;
  /** Whether any prefix item exists: prefixes without a control item are a lost ledger. */
  any(): Promise<boolean>;
  /** Stores prefixes, each where its `page` says. @throws StateUnreadable */
  save(states: readonly PrefixState[]): Promise<void>;
}

export interface ManifestStore {
  header(color: string): Promise<ManifestHeader | undefined>;
  /** @throws ManifestDamaged if the entries do not match the header's digest */
  entries(header: ManifestHeader): Promise<ManifestEntry[]>;
  /** Bodies by digest; a body that is missing or does not match its digest is left out. */
  bodies(digests: readonly string[]): Promise<Map<string, RequestBody>>;
}

export interface ManifestWriter {
  /** Stores bodies first and the header last: a reader sees the old release or the new one, never half. */
  publish(manifest: Manifest, bodies: ReadonlyMap<string, RequestBody>): Promise<void>;
}

export interface Provider {
  /** Sends one request. Never throws; never retries by itself. */
  send(request: RequestBody, timeoutMs: number): Promise<ProviderReply>;
  /** Tokens of a request (free of charge), or why they could not be counted. */
  count(request: RequestBody, timeoutMs: number): Promise<number | ProviderFailure>;
}

export type ProviderReply =
  | { readonly kind: "reply"; readonly usage: unknown }
  | { readonly kind: "failed"; readonly failure: ProviderFailure };

export interface Metrics {
  publish(points: readonly MetricPoint[]): Promise<void>;
}

export interface ApiKeySource {
  /** @param fresh bypass whatever is cached: the key was just refused. @throws KeyUnreadable */
  key(fresh: boolean): Promise<string>;
}

export interface Subscriptions {
  /** Endpoints of the alarm topic that have not confirmed: they hear nothing. */
  unconfirmed(): Promise<string[]>;
}

/** A deployed function of the warmer. */
export interface RemoteFunction {
  /** Runs it once and waits for its answer. @throws Error if it failed, with its own message */
  invoke(event: unknown): Promise<unknown>;
}

/** Runs the deployed warm function soon, without waiting for it. */
export interface WarmSoon {
  start(event: unknown): Promise<void>;
}

export interface Notifier {
  /** Whether the notice was acknowledged; it is sent again otherwise. */
  send(notice: {
    readonly subject: string;
    readonly message: string;
    readonly aboutLimit: boolean;
    /** Of a spike: those hear of it who hear of its level. */
    readonly level?: Level;
    /** The same for a chat channel. */
    readonly chat?: ChatMessage;
  }): Promise<boolean>;
}

export interface IncidentStore {
  get(id: string): Promise<Incident | undefined>;
  put(incident: Incident): Promise<void>;
  /** Newest first, at most `limit`. */
  list(limit: number): Promise<Incident[]>;
}

export interface KnownEventStore {
  /** Marking the same event again replaces it. @throws StateUnreadable */
  put(event: KnownEvent): Promise<void>;
  /** Events that hold at some instant from `from` to `to`, oldest first. @throws StateUnreadable */
  between(from: number, to: number): Promise<KnownEvent[]>;
}

/** What the hours and days cost and saved. One item, replaced as a whole: only the monitor writes it. */
export interface FillHistoryStore {
  /** An empty history if there is none yet; damaged parts are left out and named. @throws StateUnreadable */
  read(): Promise<ReadHistory>;
  /** @throws StateUnreadable */
  write(history: FillHistory): Promise<void>;
}

/** What the planner knows of all prefixes together. One item, replaced as a whole. */
export interface PlanStore {
  /** `undefined` before the first optional prefix. @throws StateUnreadable */
  read(): Promise<FleetPlan | DamagedPlan | undefined>;
  /** @throws StateUnreadable */
  write(plan: FleetPlan): Promise<void>;
}

/** What the application recorded of its own use. No function of the warmer writes it. */
export interface UsageReader {
  /** Records of the minutes that begin from `from` up to, not including, `to`; oldest first. @throws StateUnreadable */
  between(from: number, to: number): Promise<UsageRecord[]>;
}

export interface GateStore {
  /** @throws StateUnreadable */
  get(id: string): Promise<Gate | undefined>;
  /** @throws StateUnreadable */
  put(gate: Gate): Promise<void>;
}

/** Hands a gate's answer to the deployment that waits for it. */
export interface GateCallbacks {
  /** Telling it twice is no error. @throws CallbackFailed */
  tell(callback: GateCallback, passed: boolean): Promise<void>;
}

/** What the warm function says of itself when `warmer doctor` asks. */
export interface SelfCheck {
  /** Whether it could read the provider's key; why not, otherwise. Never the key. */
  readonly key: "readable" | { readonly problem: string };
  /** Its clock, ms since the epoch. */
  readonly now: number;
}

/** The deployed thing as `warmer doctor` looks at it. */
export interface Inspection {
  /** @throws Error if the function cannot be asked */
  selfCheck(): Promise<SelfCheck>;
  /** Alarms of this service and environment. */
  alarms(): Promise<DeployedAlarm[]>;
  /** The alarm topic's policy document, parsed; `undefined` if it has none of its own. */
  topicPolicy(): Promise<unknown>;
  topicArn(): string;
  tableName(): string;
  /** Tables that an earlier deployment of the same stack left behind. */
  orphanedTables(): Promise<string[]>;
}
