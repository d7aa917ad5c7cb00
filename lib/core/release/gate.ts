import * as z from "zod/mini";
import { firstFault } from "../first-fault.ts";
import { shown } from "../received.ts";

/** `warm` and `cold` are proved; `inconclusive` is neither, for a reason that is not the candidate's. */
export const GATE_RESULTS = ["warm", "cold", "inconclusive"] as const;
export type GateResult = (typeof GATE_RESULTS)[number];

/** Who waits for the answer and must be told: a hook of CodeDeploy, by the ids of its event. */
export interface GateCallback {
  readonly deploymentId: string;
  readonly hookExecutionId: string;
}

/** What is asked of a candidate color. */
export interface GateRequest {
  /** The color that wants to take traffic. */
  readonly color: string;
  /** Share of the predicted traffic whose prefixes must be proven warm, above 0 up to 1. */
  readonly minCoverage: number;
  /** How long the answer may take, in ms. */
  readonly timeoutMs: number;
  /** Whether `inconclusive` fails the release. */
  readonly failDeployment: boolean;
}

/** How far the candidate is. */
export interface GateProgress {
  readonly warm: number;
  readonly required: number;
  /** Share of the predicted traffic that is proven warm. */
  readonly coverage: number;
  readonly at: number;
  /** What keeps the rest from being proven, as last seen, where that is not the candidate's fault. */
  readonly hindrance?: string;
}

export interface GateAnswer {
  readonly result: GateResult;
  readonly reason: string;
  readonly at: number;
}

/** The question "is this color warm enough to take traffic?", from its opening to its answer. */
export interface Gate extends Omit<GateRequest, "timeoutMs"> {
  readonly id: string;
  readonly openedAt: number;
  readonly openedBy: string;
  readonly deadline: number;
  readonly callback?: GateCallback;
  readonly progress?: GateProgress;
  readonly answer?: GateAnswer;
  /** When the answer was handed to whoever waits for a callback. */
  readonly calledBackAt?: number;
}

/** Beyond this a hook's own timeout ends it first: CodeDeploy and ECS wait an hour at most by default (read 2026-11-21). */
export const MAX_GATE_MS = 3_600_000;

/** Its length is kept, since ids stand in the control item. */
const GATE_ID = /^[A-Za-z0-9][A-Za-z0-9._:-]{0,47}$/;

const instant = z.number().check(z.nonnegative());
const count = z.int().check(z.nonnegative());
const share = z.number().check(z.nonnegative(), z.maximum(1));

const GATE = z.object({
  id: z.string().check(z.regex(GATE_ID)),
  color: z.string(),
  minCoverage: share,
  failDeployment: z.boolean(),
  openedAt: instant,
  openedBy: z.string(),
  deadline: instant,
  callback: z.optional(z.object({ deploymentId: z.string(), hookExecutionId: z.string() })),
  progress: z.optional(
    z.object({
      warm: count,
      required: count,
      coverage: share,
      at: instant,
      hindrance: z.optional(z.string()),
    }),
  ),
  answer: z.optional(z.object({ result: z.enum(GATE_RESULTS), reason: z.string(), at: instant })),
  calledBackAt: z.optional(instant),
});

/** Checks a stored gate; the message of a damaged one names the first field that is wrong. */
export function parseGate(value: unknown): Gate | string {
  const parsed = z.safeParse(GATE, value);
  if (parsed.success) return parsed.data;
  return firstFault(parsed.error, "gate");
}

/** What is wrong with an id, or nothing: a gate that cannot be read back must not be stored. */
export function gateIdFault(id: string): string | undefined {
  return GATE_ID.test(id)
    ? undefined
    : `the gate's id must be 1 to 48 letters, digits, dots, colons, hyphens or underscores, got ${shown(id)}`;
}

/** What is wrong with a request, or nothing. */
export function gateRequestFault(request: GateRequest, colors: readonly string[]): string | undefined {
  const { color, minCoverage, timeoutMs } = request;
  if (!colors.includes(color)) return `color must be one of ${colors.join(", ")}, got ${shown(color)}`;
  if (!(minCoverage > 0 && minCoverage <= 1))
    return `minCoverage must be above 0 and at most 1, got ${shown(minCoverage)}`;
  if (!(timeoutMs >= 1_000 && timeoutMs <= MAX_GATE_MS))
    return `timeout must be 1 to ${MAX_GATE_MS / 1000} seconds, got ${shown(timeoutMs / 1000)}`;
  return undefined;
}

/** Whether the gate still needs the warm cycle: for its answer, or to hand the answer on. */
export function isPending(gate: Gate): boolean {
  return gate.answer === undefined || (gate.callback !== undefined && gate.calledBackAt === undefined);
}

/** Whether the release may go on. Only a proof of cold stops it, unless the gate was told to be strict. */
export function letsPass({ answer, failDeployment }: Gate): boolean {
  return answer?.result === "warm" || (answer?.result === "inconclusive" && !failDeployment);
}
