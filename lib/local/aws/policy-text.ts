/** How the texts of a policy are read, whether it belongs to a resource or to a role. */

/** Whether a text matches a pattern in which `*` stands for any characters and `?` for one. Case matters. */
export function matches(pattern: string, value: string): boolean {
  const expression = pattern
    .replaceAll(/[.+^${}()|[\]\\]/g, "\\$&")
    .replaceAll("*", ".*")
    .replaceAll("?", ".");
  return new RegExp(`^${expression}$`, "s").test(value);
}

/** Whether a pattern covers an action such as `sns:Publish`; the case of actions does not matter. */
export function coversAction(pattern: string, action: string): boolean {
  return matches(pattern.toLowerCase(), action.toLowerCase());
}

/** A policy may write a list of one as the one. */
export function listOf<T>(value: T | readonly T[]): readonly T[] {
  return Array.isArray(value) ? value : [value as T];
}
