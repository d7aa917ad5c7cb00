import { describe, expect, it } from "vitest";
import { lintKeyOrder, lintOrderSince } from "../../../lib/core/release/prompt-lints-order.ts";
import { aRequest, prefixOf } from "../samples.ts";

const prefix = (tools: readonly object[]) => prefixOf(aRequest({ tools }));
const keyOrder = (tools: readonly object[]) => lintKeyOrder(prefix(tools)).map(({ path }) => path);

const find = { name: "find", description: "Finds.", input_schema: { type: "object", properties: {} } };
const refund = { name: "refund", description: "Refunds.", input_schema: { type: "object", properties: {} } };
const cancel = { name: "cancel", description: "Cancels.", input_schema: { type: "object" } };

describe("keys in more than one order", () => {
  it.each([
    ["of schemas", [find, { ...refund, input_schema: { properties: {}, type: "object" } }], ["tools[1]"]],
    [
      "of tools",
      [find, { description: "Refunds.", name: "refund", input_schema: { type: "object" } }],
      ["tools[1]"],
    ],
    [
      "inside one tool",
      [
        {
          name: "find",
          input_schema: {
            type: "object",
            properties: {
              a: { type: "string", description: "A." },
              b: { description: "B.", type: "string" },
            },
          },
        },
      ],
      ["tools[0]"],
    ],
  ])("%s are told at the first place", (_what, tools, paths) => {
    expect(keyOrder(tools)).toEqual(paths);
  });

  it.each([
    ["some keys are missing", [find, cancel, refund]],
    ["tools are not sorted by name", [refund, find, cancel]],
    [
      "properties are named in another order, or like keywords",
      [
        { name: "a", input_schema: { type: "object", properties: { name: {}, type: {} } } },
        { name: "b", input_schema: { type: "object", properties: { type: {}, name: {} } } },
      ],
    ],
    [
      "an example value has its own order",
      [
        { name: "a", input_schema: { type: "object", default: { type: 1, name: 2 } } },
        { name: "b", input_schema: { type: "object", default: { name: 2, type: 1 } } },
      ],
    ],
  ])("are not told where %s", (_what, tools) => {
    expect(keyOrder(tools)).toEqual([]);
  });

  it("counts further tools, and names keywords only", () => {
    const shuffled = ["a", "b"].map((name) => ({
      name,
      input_schema: { properties: { canary: {} }, type: "object" },
    }));
    const [lint] = lintKeyOrder(prefix([find, ...shuffled]));
    expect(lint?.message).toContain("and 1 more tool");
    expect(lint?.message).not.toContain("canary");
  });
});

describe("the release before had", () => {
  const since = (before: readonly object[], after: readonly object[]) =>
    lintOrderSince(prefix(before), prefix(after)).map(({ path, code }) => `${path} ${code}`);

  it.each([
    [
      "the same tools in another order",
      [find, refund, cancel],
      [find, cancel, refund],
      ["tools[1] tool_order"],
    ],
    ["the same tools in the same order", [find, refund], [find, refund], []],
    ["one tool less", [find, refund], [refund, find, cancel], []],
    ["one tool twice", [find, find, refund], [refund, refund, find], []],
    [
      "the same keys in another order, at any depth",
      [find, refund],
      [find, { ...refund, input_schema: { properties: {}, type: "object" } }],
      ["tools[1] key_order"],
    ],
    ["another value of the same length", [find], [{ ...find, description: "Fonds." }], []],
  ])("%s", (_what, before, after, found) => {
    expect(since(before, after)).toEqual(found);
  });

  it("a system block with its keys in another order", () => {
    const system = (block: object) =>
      prefixOf(aRequest({ system: [{ ...block, cache_control: { type: "ephemeral" } }] }));
    expect(
      lintOrderSince(
        system({ type: "text", text: "Be brief." }),
        system({ text: "Be brief.", type: "text" }),
      ),
    ).toMatchObject([{ path: "system[0]", code: "key_order" }]);
  });
});
