import { describe, expect, it } from "vitest";
import * as z from "zod/mini";
import { firstFault } from "../../lib/core/first-fault.ts";

const ITEM = z.object({
  by: z.string("must be a name"),
  at: z.object({ to: z.number("must be a number"), from: z.number("must be a number") }, "must be an object"),
});

describe("the fault of a stored item", () => {
  it.each<[unknown, string]>([
    [{ by: 7, at: { to: "x", from: 1 } }, "by must be a name"],
    [{ by: "ops", at: { to: 1, from: "x" } }, "at.from must be a number"],
    [{ by: "ops" }, "at must be an object"],
  ])("of %j names the first field that is wrong, and why", (value, fault) => {
    const { error } = z.safeParse(ITEM, value);
    expect(error && firstFault(error, "item")).toBe(fault);
  });

  it("names the item where it is none at all", () => {
    const { error } = z.safeParse(z.string("must be a text"), 7);
    expect(error && firstFault(error, "state")).toBe("state must be a text");
  });
});
