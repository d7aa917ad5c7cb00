import type { Control, Lease } from "../control.ts";
import type { Served, Serving } from "./serving.ts";

/** Runs that die at the prefix items one after the other: the control item must stay small. */
const MARKS_KEPT = 4;

/** Whether the prefix items are in line with exactly these manifests. */
export function isInLine(
  { serving, changing = [] }: Pick<Control, "serving" | "changing">,
  live: Served,
  beside: readonly Served[],
): boolean {
  if (serving === undefined || changing.length > 0 || !isSame(serving, live)) return false;
  const known = serving.beside ?? [];
  return (
    known.length === beside.length && known.every((served) => beside.some((wanted) => isSame(wanted, served)))
  );
}

/** Said before the first prefix item is changed: whoever comes after a run that dies there begins anew. */
export function changing(control: Control, run: Lease): Control {
  const others = (control.changing ?? []).filter(({ owner }) => owner !== run.owner);
  return { ...control, changing: [...others, run].slice(-MARKS_KEPT) };
}

/**
 * Said after the last one: what they are in line with now. Another run that the lease did not hold off may still write
 * what it read before: its mark stays while it can be alive, and until then every run begins anew.
 *
 * @param run the run that says so
 * @param readAt when it read the prefix items, ms since the epoch: who was dead by then changes nothing any more
 */
export function inLineWith(control: Control, serving: Serving, run: string, readAt: number): Control {
  const { changing = [], ...rest } = control;
  const left = changing.filter(({ owner, until }) => owner !== run && readAt < until);
  return { ...rest, serving, ...(left.length > 0 && { changing: left }) };
}

/** A run that ends has written what it ever will: if it failed, its mark stays, and the next run may take it away. */
export function over(control: Control, run: string): Control {
  const { changing } = control;
  if (changing?.some(({ owner }) => owner === run) !== true) return control;
  return {
    ...control,
    changing: changing.map((mark) => (mark.owner === run ? { ...mark, until: 0 } : mark)),
  };
}

function isSame(a: Served, b: Served): boolean {
  return a.color === b.color && a.digest === b.digest;
}
