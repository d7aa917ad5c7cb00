/**
 * EventBridge event patterns, as far as the stack uses them: exact values, `prefix` and `anything-but`.
 * A pattern is compiled when its rule is created, so an operator that is not modelled is refused at deploy and
 * cannot pass as "no match". https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-patterns.html
 */
export type Matcher = (value: unknown) => boolean;

/** @throws naming the place and the operator when the pattern uses one that is not modelled. */
export function compilePattern(pattern: unknown, place: string): Matcher {
  if (Array.isArray(pattern)) {
    const alternatives = pattern.map((alternative) => compileAlternative(alternative, place));
    // A field that holds a list matches when one of its elements does.
    return (value) =>
      (Array.isArray(value) ? value : [value]).some((item) => alternatives.some((matches) => matches(item)));
  }
  if (typeof pattern !== "object" || pattern === null)
    throw new Error(
      `${place}: a field of an event pattern is a list or an object, got: ${JSON.stringify(pattern)}.`,
    );
  const fields = Object.entries(pattern).map(
    ([name, inner]) => [name, compilePattern(inner, `${place}.${name}`)] as const,
  );
  return (value) =>
    fields.every(([name, matches]) => matches((value as Record<string, unknown> | null)?.[name]));
}

function compileAlternative(alternative: unknown, place: string): Matcher {
  if (typeof alternative !== "object" || alternative === null) return (value) => value === alternative;
  const [operator, argument] = Object.entries(alternative)[0] ?? ["", undefined];
  if (operator === "prefix" && typeof argument === "string")
    return (value) => typeof value === "string" && value.startsWith(argument);
  if (operator === "anything-but" && isPlain(argument)) {
    const refused: readonly unknown[] = Array.isArray(argument) ? argument : [argument];
    return (value) => value !== undefined && !refused.includes(value);
  }
  throw new Error(
    `${place}: the local engine does not model this event pattern: ${JSON.stringify(alternative).slice(0, 80)}.`,
  );
}

function isPlain(argument: unknown): boolean {
  const values: readonly unknown[] = Array.isArray(argument) ? argument : [argument];
  return values.every((value) => typeof value === "string" || typeof value === "number");
}
