import type { Control } from "../core/control.ts";
import type { ResolvedTarget, Target } from "./resolve-target.ts";

/**
 * SSM promises no order between its copies: a version from before one that a run has served, or the monitor was answered,
 * is an old answer, and no flip back. A parameter that was made again also begins at version 1, but later.
 */
export function notStale(
  target: Target,
  { serving, answered }: Pick<Control, "serving" | "answered">,
): Target {
  if (target.kind === "fault") return target;
  const { parameterVersion: version, modifiedAt } = target;
  const newer = [
    serving && { version: serving.parameterVersion, at: serving.since },
    answered && { version: answered.version, at: answered.modifiedAt },
  ].find((known) => known !== undefined && version < known.version && modifiedAt < known.at);
  if (newer === undefined) return target;
  const message = `SSM answered version ${version} of live-color after version ${newer.version}`;
  return { kind: "fault", outcome: "target_unreadable", message };
}

/** The monitor was answered a version that no run has served yet. */
export function noteAnswer(
  control: Control,
  { parameterVersion: version, modifiedAt }: ResolvedTarget,
): Control {
  const { serving, answered } = control;
  const known = Math.max(serving?.parameterVersion ?? version, answered?.version ?? 0);
  return version <= known ? control : { ...control, answered: { version, modifiedAt } };
}
