import type { Control } from "../control.ts";
import type { Served, Serving } from "./serving.ts";

/** Whether the prefix items are in line with exactly these manifests. */
export function isInLine(serving: Serving | undefined, live: Served, beside: readonly Served[]): boolean {
  if (serving === undefined || serving.isChanging === true || !isSame(serving, live)) return false;
  const known = serving.beside ?? [];
  return (
    known.length === beside.length && known.every((served) => beside.some((wanted) => isSame(wanted, served)))
  );
}

/** Said before the first prefix item is changed: whoever comes after a run that dies there begins anew. */
export function changing(control: Control): Control {
  const { serving } = control;
  if (serving === undefined || serving.isChanging === true) return control;
  return { ...control, serving: { ...serving, isChanging: true } };
}

function isSame(a: Served, b: Served): boolean {
  return a.color === b.color && a.digest === b.digest;
}
