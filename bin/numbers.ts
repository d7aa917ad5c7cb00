import { InvalidArgumentError } from "commander";

/** A parser of option values that takes whole numbers of a range. */
export function wholeNumber(least: number, most: number): (value: string) => number {
  return (value) => {
    const number = Number(value);
    if (value.trim() === "" || !Number.isSafeInteger(number) || number < least || number > most) {
      throw new InvalidArgumentError(`must be a whole number from ${least} to ${most}.`);
    }
    return number;
  };
}

/** Dollars: more than 0, at most a million. */
export function dollars(value: string): number {
  const number = Number(value);
  if (value.trim() === "" || !Number.isFinite(number) || number <= 0 || number > 1_000_000) {
    throw new InvalidArgumentError("must be a number of dollars above 0.");
  }
  return number;
}
