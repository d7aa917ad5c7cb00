import { expect, it } from "vitest";
import { referenceText, writtenReference } from "../../docs/reference.ts";

it("documents every outcome, metric and alarm as the tables have them (else: npm run docs)", () => {
  expect(writtenReference()).toBe(referenceText());
});
