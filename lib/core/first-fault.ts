import type * as z from "zod/mini";

/** What is wrong with a stored item: the first field that does not fit, and why. @param whole what the item is called */
export function firstFault({ issues: [issue] }: z.core.$ZodError, whole: string): string {
  return `${issue?.path.join(".") || whole} ${issue?.message}`;
}
