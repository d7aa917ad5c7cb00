/**
 * What Lambda does with an asynchronous event. Life of an event: queued, tried, tried again after an error one and
 * two minutes later, tried again sooner after throttling, and in the end done, or given up to the on-failure
 * destination. https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html, read 2026-11
 */
import type { InvocationEvent, Journal } from "../journal.ts";
import type { ResolvedTemplate, Resource } from "../template.ts";
import { type EventQueue, rank } from "../virtual-clock.ts";
import type { Access } from "./access.ts";
import type { Call } from "./calls.ts";
import type { Sqs } from "./sqs.ts";

/** Wait before the second try, and again as much before the third. */
const RETRY_MS = 60_000;
const DEFAULT_RETRIES = 2;
const DEFAULT_EVENT_AGE_SECONDS = 6 * 3600;
/** A throttled event comes back after 1 s, 2 s, 4 s… and at most this. */
const MAX_THROTTLE_BACKOFF_MS = 300_000;

export interface AsyncConfig {
  readonly maxAgeMs: number;
  readonly retries: number;
  /** ARN of the queue for what failed. */
  readonly destination: string | undefined;
}

/** @throws when the destination is not a queue. */
export function asyncConfigOf(
  { logicalId, name, identity }: Resource<"AWS::Lambda::Function">,
  template: ResolvedTemplate,
): AsyncConfig {
  const config = template
    .ofType("AWS::Lambda::EventInvokeConfig")
    .find(({ properties }) => [name, identity["Arn"]].includes(properties.FunctionName))?.properties;
  const destination = config?.DestinationConfig?.OnFailure?.Destination;
  if (destination !== undefined && !destination.startsWith("arn:aws:sqs:"))
    throw new Error(
      `${logicalId}: the local engine models a queue as on-failure destination, got: ${destination}.`,
    );
  return {
    maxAgeMs: 1000 * (config?.MaximumEventAgeInSeconds ?? DEFAULT_EVENT_AGE_SECONDS),
    retries: config?.MaximumRetryAttempts ?? DEFAULT_RETRIES,
    destination,
  };
}

export interface AsyncEvent {
  readonly function: Resource<"AWS::Lambda::Function">;
  readonly config: AsyncConfig;
  readonly requestId: string;
  /** When the event was accepted. */
  readonly at: number;
  readonly payload: unknown;
  /** One try at an instant; undefined when it was throttled. */
  readonly tryAt: (at: number) => Promise<InvocationEvent | undefined>;
}

interface Tries {
  readonly done: number;
  readonly throttled: number;
  readonly last?: InvocationEvent;
}

export interface AsyncDeps {
  readonly journal: Journal;
  readonly queue: Pick<EventQueue, "schedule">;
  readonly now: () => number;
  readonly sqs: Pick<Sqs, "send">;
  readonly access: Pick<Access, "refusal">;
  readonly record: (call: Call) => void;
}

/** Accepts an event; everything else happens through the engine's queue. */
export function acceptAsync(deps: AsyncDeps, event: AsyncEvent): void {
  tryLater(deps, event, event.at, { done: 0, throttled: 0 });
}

function tryLater(deps: AsyncDeps, event: AsyncEvent, at: number, tries: Tries): void {
  deps.queue.schedule({
    at,
    rank: rank.delivery,
    label: `invoke ${event.function.logicalId} ${event.requestId}`,
    run: () => tryNow(deps, event, tries),
  });
}

async function tryNow(deps: AsyncDeps, event: AsyncEvent, tries: Tries): Promise<void> {
  const at = deps.now();
  if (at - event.at > event.config.maxAgeMs) return giveUp(deps, event, "EventAgeExceeded", tries);
  const outcome = await event.tryAt(at);
  if (outcome === undefined) {
    const backoff = Math.min(1000 * 2 ** tries.throttled, MAX_THROTTLE_BACKOFF_MS);
    return tryLater(deps, event, at + backoff, { ...tries, throttled: tries.throttled + 1 });
  }
  if (outcome.error === undefined) return;
  const next = { done: tries.done + 1, throttled: 0, last: outcome };
  if (next.done > event.config.retries) return giveUp(deps, event, "RetriesExhausted", next);
  tryLater(deps, event, outcome.endedAt + next.done * RETRY_MS, next);
}

function giveUp(
  deps: AsyncDeps,
  event: AsyncEvent,
  condition: "RetriesExhausted" | "EventAgeExceeded",
  tries: Tries,
): void {
  const { logicalId } = event.function;
  const { destination } = event.config;
  const at = deps.now();
  deps.journal.write({ at, kind: "gave-up", function: logicalId, condition, attempts: tries.done });
  if (destination === undefined) return;
  // Lambda sends with the function's own role, so it counts as a call of the function.
  const call = { at, caller: logicalId, byFunction: true, service: "sqs", operation: "SendMessage" };
  deps.record({ ...call, resource: destination });
  const request = { action: "sqs:SendMessage", resource: destination, context: {} };
  const refusal = deps.access.refusal(logicalId, [request], at);
  if (refusal !== undefined) {
    const what = `failed invocation of ${logicalId}`;
    deps.journal.write({ at, kind: "lost", what, to: destination, because: refusal.message });
    return;
  }
  const body = JSON.stringify(failureRecord(event, condition, tries, at));
  deps.sqs.send({
    at,
    queueArn: destination,
    what: `failed invocation of ${logicalId}`,
    body,
    attributes: {},
  });
}

/** https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html, read 2026-11 */
function failureRecord(event: AsyncEvent, condition: string, { done, last }: Tries, at: number): object {
  return {
    version: "1.0",
    timestamp: new Date(at).toISOString(),
    requestContext: {
      requestId: event.requestId,
      functionArn: `${event.function.identity["Arn"]}:$LATEST`,
      condition,
      approximateInvokeCount: done,
    },
    requestPayload: event.payload,
    ...(last === undefined
      ? {}
      : {
          responseContext: { statusCode: 200, executedVersion: "$LATEST", functionError: "Unhandled" },
          responsePayload: last.error,
        }),
  };
}
