import type { Serving } from "../core/release/serving.ts";
import type { Target } from "./resolve-target.ts";

/**
 * SSM promises no order between its copies: a version from before the one that was served is an old answer, and no flip
 * back. A parameter that was made again also begins at version 1, but later.
 */
export function notStale(target: Target, serving: Serving | undefined): Target {
  if (target.kind === "fault" || serving === undefined) return target;
  if (target.parameterVersion >= serving.parameterVersion || target.modifiedAt >= serving.since)
    return target;
  const message = `SSM answered version ${target.parameterVersion} of live-color after version ${serving.parameterVersion}`;
  return { kind: "fault", outcome: "target_unreadable", message };
}
