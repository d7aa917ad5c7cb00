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

/** Two tools, each with a schema of one property. */
const twoSchemas = (one: object, other: object) => [
  { name: "a", input_schema: { properties: { x: one } } },
  { name: "b", input_schema: { properties: { x: other } } },
];

describe("a key that has a usual order", () => {
  it.each([
    ...["name", "description", "input_schema", "properties", "required", "items", "enum"],
    "additionalProperties",
  ])("is %s", (key) => {
    expect(keyOrder(twoSchemas({ type: "x", [key]: {} }, { [key]: {}, type: "x" }))).toEqual(["tools[1]"]);
  });

  it.each(["title", "minimum", "format"])("is not %s", (key) => {
    expect(keyOrder(twoSchemas({ type: "x", [key]: 1 }, { [key]: 1, type: "x" }))).toEqual([]);
  });

  it.each(["properties", "patternProperties", "$defs", "definitions"])(
    "is no name under %s, but is one in a schema that is named there",
    (place) => {
      const names = [
        { name: {}, type: {} },
        { type: {}, name: {} },
      ];
      const [one = {}, other = {}] = names.map((under) => ({ [place]: under }));
      expect(keyOrder(twoSchemas(one, other))).toEqual([]);
      const schemas = [
        { type: "x", items: {} },
        { items: {}, type: "x" },
      ].map((schema) => ({ [place]: { a: schema } }));
      expect(keyOrder(twoSchemas(schemas[0] ?? {}, schemas[1] ?? {}))).toEqual(["tools[1]"]);
    },
  );

  it.each(["enum", "const", "default", "example", "examples"])("is none in what stands under %s", (place) => {
    const values = [
      { type: 1, name: 2 },
      { name: 2, type: 1 },
    ].map((value) => ({ [place]: value }));
    expect(keyOrder(twoSchemas(values[0] ?? {}, values[1] ?? {}))).toEqual([]);
  });

  it("is looked for in lists of schemas, and in no text, number or nothing", () => {
    const anyOf = [
      { type: "x", items: {} },
      { items: {}, type: "x" },
    ];
    expect(keyOrder([{ name: "a", input_schema: { anyOf } }])).toEqual(["tools[0]"]);
    const odd = { properties: null, $defs: "text", definitions: 7, patternProperties: [{ type: "x" }] };
    expect(keyOrder(twoSchemas(odd, odd))).toEqual([]);
  });

  it("is none of a message, whose blocks the API orders", () => {
    const request = aRequest({
      tools: [{ name: "a", type: "custom" }],
      messages: [
        { role: "user", content: "?" },
        {
          role: "assistant",
          content: [
            { type: "tool_use", id: "t", name: "a", input: {}, cache_control: { type: "ephemeral" } },
          ],
        },
      ],
    });
    expect(lintKeyOrder(prefixOf(request))).toEqual([]);
  });
});

describe("what a lint of the order of keys says", () => {
  const turned = (name: string) => ({ name, input_schema: { properties: {}, type: "object" } });
  const rest =
    ": if a program writes them from an unordered map, the bytes change from run to run; let it write keys in one fixed order";

  it.each([
    [[find, turned("a")], "tools[1]", "and tools[0] has them the other way round"],
    [
      [find, turned("a"), turned("b")],
      "tools[1]",
      "and tools[0] has them the other way round (and 1 more tool)",
    ],
    [
      [find, turned("a"), turned("b"), turned("c")],
      "tools[1]",
      "and tools[0] has them the other way round (and 2 more tools)",
    ],
    [
      [
        {
          name: "a",
          input_schema: { type: "object", properties: { x: { properties: {}, type: "object" } } },
        },
      ],
      "tools[0]",
      "and elsewhere in it the other way round",
    ],
    [[find, refund, turned("a")], "tools[2]", "and tools[0] has them the other way round"],
  ])("names the first tool, the keys, and where they stand otherwise", (tools, path, where) => {
    expect(lintKeyOrder(prefix(tools))).toEqual([
      { path, code: "key_order", message: `has "properties" before "type", ${where}${rest}` },
    ]);
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

  it("two system blocks in another order, which is another text", () => {
    const system = (...texts: readonly string[]) =>
      prefixOf(
        aRequest({
          system: texts.map((text) => ({ type: "text", text, cache_control: { type: "ephemeral" } })),
        }),
      );
    expect(lintOrderSince(system("One.", "Two."), system("Two.", "One."))).toEqual([]);
  });

  it("another order, and is told what it costs and how to end it", () => {
    expect(lintOrderSince(prefix([find, refund]), prefix([refund, find]))).toEqual([
      {
        path: "tools[0]",
        code: "tool_order",
        message:
          "the same tools in another order than in the release before: every later byte is another prefix; sort the tools by name where the request is built",
      },
    ]);
    const turned = [find, refund].map(({ name, ...rest }) => ({ ...rest, name }));
    expect(lintOrderSince(prefix([find, refund]), prefix(turned))).toEqual([
      {
        path: "tools[0]",
        code: "key_order",
        message:
          "the same keys and values in another order than in the release before (and 1 more block): every later byte is another prefix; let the program that writes it keep one fixed order of keys",
      },
    ]);
  });
});
