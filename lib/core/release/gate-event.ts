import { createHash } from "node:crypto";
import * as z from "zod/mini";
import { shown } from "../received.ts";
import type { GateCallback } from "./gate.ts";

/** What a caller may ask of its gate; what is left out holds as configured. */
export interface GateSettings {
  /** @default - the color that was published last, beside the live one */
  readonly color?: string | undefined;
  /** Share of the predicted traffic, above 0 up to 1. */
  readonly minCoverage?: number | undefined;
  readonly timeoutSeconds?: number | undefined;
  /** Whether a gate that cannot be answered stops the release. */
  readonly failDeployment?: boolean | undefined;
}

/** Who asks the gate function, and for what. */
export type GateEvent =
  | {
      readonly kind: "codedeploy";
      readonly id: string;
      readonly by: string;
      readonly callback: GateCallback;
    }
  | { readonly kind: "ecs"; readonly id: string; readonly by: string; readonly settings: GateSettings }
  /** ECS takes a hook that answers nothing for a failed release, so a bad event of its must be answered as well. */
  | { readonly kind: "bad_ecs"; readonly message: string; readonly settings: GateSettings }
  | { readonly kind: "open"; readonly id?: string | undefined; readonly settings: GateSettings }
  | { readonly kind: "look"; readonly id: string }
  | { readonly kind: "bad"; readonly message: string };

/** Test traffic is on the candidate then, and no other; the stage comes once, and never again in a rollback. */
export const ECS_STAGE = "POST_TEST_TRAFFIC_SHIFT";

/** Hook execution ids are encrypted texts of some hundred characters; a gate's item must stay small. */
const MAX_ID = 2_048;

const id = z.string().check(z.minLength(1, "must not be empty"), z.maxLength(MAX_ID, "is too long"));

const SETTINGS = {
  color: z.optional(z.string("must be a color")),
  minCoverage: z.optional(z.number("must be a share above 0, at most 1")),
  timeoutSeconds: z.optional(z.number("must be a number of seconds")),
  failDeployment: z.optional(z.boolean("must be true or false")),
};

/**
 * The event of a lifecycle hook: two ids and nothing else, so a gate's settings cannot come with it ("AppSpec 'hooks'
 * section for an AWS Lambda deployment", CodeDeploy user guide, read 2026-11-21).
 */
const CODEDEPLOY = z.object({ DeploymentId: id, LifecycleEventHookExecutionId: id });

/**
 * The event of a lifecycle hook of ECS ("Lambda hooks for Amazon ECS service deployments", ECS developer guide, read
 * 2026-11-21; as recorded on the AWS News Blog of 2025-07-10). `executionId` is not read: nobody promises that a
 * second look has the same. `hookDetails` come from the service's definition, as an object or as its JSON.
 */
const ECS = z.object({
  lifecycleStage: z.literal(ECS_STAGE, `must be ${ECS_STAGE}: register the hook for that stage alone`),
  resourceArn: id,
  hookDetails: z.optional(z.strictObject(SETTINGS, "must be an object")),
});

const INVOCATION = z.strictObject({ id: z.optional(id), ...SETTINGS });

/**
 * Reads an event: a hook of CodeDeploy, a hook of ECS, or a plain invocation. It never throws. The same hook asks
 * under the same id, however often its event comes.
 */
export function parseGateEvent(event: unknown): GateEvent {
  if (typeof event !== "object" || event === null || Array.isArray(event))
    return { kind: "bad", message: `event must be an object, got ${shown(event)}` };
  if ("DeploymentId" in event || "LifecycleEventHookExecutionId" in event) return ofCodeDeploy(event);
  if ("lifecycleStage" in event || "executionDetails" in event) return ofEcs(event);
  const parsed = z.safeParse(INVOCATION, event);
  if (!parsed.success) return { kind: "bad", message: faultIn(parsed.error, event) };
  const { id: known, ...settings } = parsed.data;
  const isLook = known !== undefined && Object.values(settings).every((value) => value === undefined);
  return isLook ? { kind: "look", id: known } : { kind: "open", id: known, settings };
}

function ofCodeDeploy(event: object): GateEvent {
  const parsed = z.safeParse(CODEDEPLOY, event);
  if (!parsed.success) return { kind: "bad", message: faultIn(parsed.error, event) };
  const { DeploymentId: deploymentId, LifecycleEventHookExecutionId: hookExecutionId } = parsed.data;
  return {
    kind: "codedeploy",
    id: codeDeployGateId({ hookExecutionId }),
    by: `CodeDeploy ${deploymentId}`,
    callback: { deploymentId, hookExecutionId },
  };
}

function ofEcs(event: object): GateEvent {
  const details = detailsOf(event);
  const parsed = z.safeParse(ECS, { ...event, hookDetails: details });
  if (!parsed.success) {
    const failDeployment = (details as { failDeployment?: unknown } | undefined)?.failDeployment;
    return {
      kind: "bad_ecs",
      message: faultIn(parsed.error, { ...event, hookDetails: details }),
      settings: typeof failDeployment === "boolean" ? { failDeployment } : {},
    };
  }
  const { resourceArn, lifecycleStage, hookDetails = {} } = parsed.data;
  return {
    kind: "ecs",
    id: gateId("ecs", `${resourceArn} ${lifecycleStage}`),
    by: `ECS ${resourceArn.slice(resourceArn.indexOf("/") + 1)}`,
    settings: hookDetails,
  };
}

function detailsOf({ hookDetails: details }: { readonly hookDetails?: unknown }): unknown {
  if (details === null) return undefined;
  if (typeof details !== "string") return details;
  try {
    return JSON.parse(details);
  } catch {
    return details;
  }
}

/** The id of the gate that a hook of CodeDeploy asks, whoever looks for it. */
export function codeDeployGateId({ hookExecutionId }: Pick<GateCallback, "hookExecutionId">): string {
  return gateId("codedeploy", hookExecutionId);
}

function gateId(kind: string, whole: string): string {
  return `${kind}-${createHash("sha256").update(whole).digest("hex").slice(0, 32)}`;
}

function faultIn(error: z.core.$ZodError, event: unknown): string {
  const [issue] = error.issues;
  if (issue === undefined) return "event is invalid";
  const path = ["event", ...issue.path.map(String)].join(".");
  if (issue.code === "unrecognized_keys") return `${path} has no ${shown(issue.keys[0])}`;
  return `${path} ${issue.message}, got ${shown(at(event, issue.path))}`;
}

function at(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((inner, key) => (inner as Record<PropertyKey, unknown> | null)?.[key], value);
}
