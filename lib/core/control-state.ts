import type { Act, Control, Pause, PrefixControl, Throttling } from "./control.ts";
import { cutBytes } from "./cut-bytes.ts";
import { announce } from "./notice.ts";

/** More prefixes than this under control of their own means that the whole warmer should be. */
const MAX_PREFIXES = 3;

/** Bytes kept of a reason and of a name: the control item must stay below 8 KB whatever an alarm says. */
const MAX_REASON_BYTES = 100;
const MAX_BY_BYTES = 80;

/** An operator's request that the state does not allow; nothing was changed. */
export interface NotAllowed {
  readonly notAllowed: string;
}

export function isAllowed(result: Control | NotAllowed): result is Control {
  return !("notAllowed" in result);
}

/** Pauses. A warmer that is paused stays paused by whom it was: the first reason is the one to look into. */
export function pause(control: Control, request: Omit<Pause, "incident">): Control {
  if (control.paused !== undefined) return control;
  const incident = control.generation + 1;
  const paused: Pause = { ...short(request), incident };
  return announce({ ...control, generation: incident, paused }, { ...paused, kind: "paused" });
}

/** Slows the warmer down. A second throttle replaces the first: the newest is the one that is meant. */
export function throttle(control: Control, request: Omit<Throttling, "incident">): Control {
  const incident = control.generation + 1;
  const { maxFillsPerMinute: _limit, nextSlotAt: _slot, ...act } = short(request);
  const throttled: Throttling = { ...short(request), incident };
  return announce({ ...control, generation: incident, throttled }, { ...act, incident, kind: "throttled" });
}

/** Ends pause and throttle; those of single prefixes end by name. */
export function resume(control: Control, act: Act): Control {
  const { paused, throttled, ...rest } = control;
  const ended = [paused, throttled].filter((standing) => standing !== undefined);
  if (ended.length === 0) return control;
  const resumed: Control = { ...rest, generation: control.generation + 1, lastResume: short(act) };
  // Each is an incident of its own, and each is closed.
  return ended.reduce(
    (told, { incident, cause }) => announce(told, { ...short(act), incident, kind: "resumed", cause }),
    resumed,
  );
}

/** Pauses one prefix, by its name in the manifest; the others go on. */
export function pausePrefix(
  control: Control,
  name: string,
  request: Omit<Pause, "incident">,
): Control | NotAllowed {
  if (control.prefixes?.[name]?.paused !== undefined) return control;
  const incident = control.generation + 1;
  const changed = withPrefix(control, name, { paused: { ...short(request), incident } });
  return isAllowed(changed)
    ? announce(changed, { ...short(request), incident, kind: "paused", prefix: name })
    : changed;
}

/** Throttles one prefix, by its name in the manifest. */
export function throttlePrefix(
  control: Control,
  name: string,
  request: Omit<Throttling, "incident">,
): Control | NotAllowed {
  const incident = control.generation + 1;
  const { maxFillsPerMinute: _limit, nextSlotAt: _slot, ...act } = short(request);
  const changed = withPrefix(control, name, { throttled: { ...short(request), incident } });
  return isAllowed(changed)
    ? announce(changed, { ...act, incident, kind: "throttled", prefix: name })
    : changed;
}

export function resumePrefix(control: Control, name: string, act: Act): Control | NotAllowed {
  const { [name]: own, ...others } = control.prefixes ?? {};
  const ended = own?.paused ?? own?.throttled;
  if (ended === undefined) return { notAllowed: `${name} is neither paused nor throttled by itself` };
  const resumed: Control = { ...control, generation: control.generation + 1, prefixes: others };
  return announce(resumed, {
    ...short(act),
    incident: ended.incident,
    kind: "resumed",
    cause: ended.cause,
    prefix: name,
  });
}

/** Lets a prefix be touched again that was stopped as a loop; it may fill as often again. */
export function restartPrefix(control: Control, name: string, act: Act): Control | NotAllowed {
  const changed = withPrefix(control, name, { ...control.prefixes?.[name], restartedAt: act.at });
  return isAllowed(changed) ? { ...changed, lastResume: short(act) } : changed;
}

/** Forgets the restarts that a run has carried out: those asked for before it began. */
export function forgetRestarts(control: Control, before: number): Control {
  const carriedOut = Object.values(control.prefixes ?? {}).some(
    ({ restartedAt = before }) => restartedAt < before,
  );
  if (!carriedOut) return control;
  const left = Object.entries(control.prefixes ?? {}).flatMap(([name, { restartedAt, ...own }]) => {
    const kept = { ...own, ...(restartedAt !== undefined && restartedAt >= before && { restartedAt }) };
    return Object.keys(kept).length === 0 ? [] : [[name, kept] as const];
  });
  return { ...control, prefixes: Object.fromEntries(left) };
}

function short<T extends Act>(act: T): T {
  return { ...act, reason: cutBytes(act.reason, MAX_REASON_BYTES), by: cutBytes(act.by, MAX_BY_BYTES) };
}

function withPrefix(control: Control, name: string, change: PrefixControl): Control | NotAllowed {
  const prefixes = control.prefixes ?? {};
  if (!(name in prefixes) && Object.keys(prefixes).length >= MAX_PREFIXES) {
    return {
      notAllowed: `${MAX_PREFIXES} prefixes are paused or throttled already; pause the warmer instead`,
    };
  }
  return {
    ...control,
    generation: control.generation + 1,
    prefixes: { ...prefixes, [name]: change },
  };
}
