import type { Control } from "../control.ts";
import { tell } from "../news.ts";
import { OUTCOMES } from "../outcome.ts";
import type { Flip } from "./serving.ts";

/** What stands between a flip and its proof. */
export function whyUnproven({ paused, throttled, lastCycle }: Control): string {
  if (paused !== undefined) return `the warmer is paused: ${paused.reason}`;
  if (lastCycle !== undefined && !OUTCOMES[lastCycle.outcome].healthy)
    return OUTCOMES[lastCycle.outcome].meaning;
  if (throttled !== undefined) return `the warmer is throttled: ${throttled.reason}`;
  return "not every required prefix has a confirming read yet";
}

/** Puts how a flip went into the news, once for each flip. */
export function tellFlip(control: Control, flip: Flip, now: number, whyNot = "not proven"): Control {
  const { from, to, version, release, at, provenAt } = flip;
  const seconds = provenAt === undefined ? undefined : (provenAt - at) / 1000;
  const how = seconds === undefined ? `not warm: ${whyNot}` : `warm after ${seconds.toFixed(1)} s`;
  return tell(
    { ...control, flip: { ...flip, told: true } },
    {
      at: now,
      subject: `live color ${from} -> ${to}: ${seconds === undefined ? "not warm" : how}`,
      message: [
        `Live color: ${from} -> ${to}, ${new Date(at).toISOString()} (parameter version ${version})`,
        `Release: ${release}`,
        `Warmth: ${how}`,
        "Next: warmer status",
      ].join("\n"),
    },
  );
}
