import { shown } from "./received.ts";

/** What made the warm function run. */
export type Trigger =
  | { readonly kind: "tick" | "change" | "manual" | "gate"; readonly id: string; readonly at: number }
  | { readonly kind: "bad"; readonly message: string };

/** An event older than this is dropped: a fresh tick follows it, and a backlog must not become a burst. */
export const MAX_EVENT_AGE_MS = 60_000;

/** Ids are remembered in the control item, whose size is bounded. EventBridge's are UUIDs. */
const MAX_ID_LENGTH = 128;

/** Source of the event with which `warmer doctor` asks the function about itself. */
export const DOCTOR_SOURCE = "warmer.doctor";

/** Source of the event with which a gate that was just opened asks for work at once. */
export const GATE_SOURCE = "warmer.gate";

/** Source of the event that `warmer warm` sends. */
export const MANUAL_SOURCE = "warmer.cli";

/**
 * Reads an event: a scheduled tick, a Parameter Store change of the live color, or the CLI's own call.
 * Anything else is refused; it never throws, since a throw would only be retried with the same event.
 */
export function parseTrigger(event: unknown, liveColorParameter: string): Trigger {
  if (typeof event !== "object" || event === null)
    return { kind: "bad", message: `event must be an object, got ${shown(event)}` };
  const { id, time, source, detail, "detail-type": detailType } = event as Record<string, unknown>;
  if (typeof id !== "string" || id === "" || id.length > MAX_ID_LENGTH)
    return { kind: "bad", message: `event.id must be 1 to ${MAX_ID_LENGTH} characters, got ${shown(id)}` };
  const at = typeof time === "string" ? Date.parse(time) : Number.NaN;
  if (!Number.isFinite(at))
    return { kind: "bad", message: `event.time must be an ISO date, got ${shown(time)}` };
  if (source === "aws.events" && detailType === "Scheduled Event") return { kind: "tick", id, at };
  if (source === MANUAL_SOURCE) return { kind: "manual", id, at };
  if (source === GATE_SOURCE) return { kind: "gate", id, at };
  if (source === "aws.ssm" && detailType === "Parameter Store Change") {
    const name = (detail as { name?: unknown } | null)?.name;
    return name === liveColorParameter
      ? { kind: "change", id, at }
      : { kind: "bad", message: `event.detail.name must be ${liveColorParameter}, got ${shown(name)}` };
  }
  return {
    kind: "bad",
    message: `event.source must be a schedule, SSM, a gate or the CLI, got ${shown(source)}`,
  };
}
