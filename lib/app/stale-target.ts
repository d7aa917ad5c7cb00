import type { Control } from "../core/control.ts";
import type { Target } from "./resolve-target.ts";

/**
 * SSM promises no order between its copies: a version from before one that was served, or noted, is an old answer, and no
 * flip back. A parameter that was made again also begins at version 1, but later.
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

/** Notes a version that no run has served: the monitor was answered it first, or it stands for nothing. */
export function noteAnswer(control: Control, target: Target): Control {
  const { serving, answered } = control;
  const answer =
    target.kind === "fault"
      ? target.answer
      : { version: target.parameterVersion, modifiedAt: target.modifiedAt };
  if (answer === undefined || serving === undefined) return control;
  const known = Math.max(serving.parameterVersion, answered?.version ?? 0);
  return answer.version <= known ? control : { ...control, answered: answer };
}
