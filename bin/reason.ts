import { InvalidArgumentError } from "commander";

const MAX_REASON = 500;

/** A reason is kept in state and shown to people: it must say something and fit. */
export function reasonText(value: string): string {
  const text = value.trim();
  if (text === "" || text.length > MAX_REASON) {
    throw new InvalidArgumentError(`must have 1 to ${MAX_REASON} characters, got ${text.length}.`);
  }
  return text;
}
