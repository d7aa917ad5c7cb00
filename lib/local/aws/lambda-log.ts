/**
 * A function's log, which Lambda writes with the function's own role: one that may not write loses it without a word.
 * https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs.html, read 2026-11
 */
import { arn } from "../account.ts";
import type { Journal } from "../journal.ts";
import type { Resource } from "../template.ts";
import type { Access } from "./access.ts";

/** @returns the lines that are kept: all, or none. */
export function writeLog(
  deps: { readonly access: Pick<Access, "refusal">; readonly journal: Journal },
  { logicalId, name, properties }: Resource<"AWS::Lambda::Function">,
  lines: readonly string[],
  at: number,
): readonly string[] {
  const group = properties.LoggingConfig?.LogGroup ?? `/aws/lambda/${name}`;
  const resource = arn("logs", `log-group:${group}:log-stream:${name}`);
  const actions = ["logs:CreateLogStream", "logs:PutLogEvents"];
  const requests = actions.map((action) => ({ action, resource, context: {} }));
  const refusal = deps.access.refusal(logicalId, requests, at);
  if (refusal === undefined) return lines;
  deps.journal.write({ at, kind: "lost", what: `log of ${logicalId}`, to: group, because: refusal.message });
  return [];
}
