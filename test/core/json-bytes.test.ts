import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { lostInStringify } from "../../lib/core/json-bytes.ts";

describe("lostInStringify", () => {
  it.each([
    "{}",
    "[]",
    "null",
    '""',
    "0",
    '{"a":1,"b":[true,false,null]}',
    ' {\n\t"a" : [ 1 , 2 ] ,\r\n "b" : { } } ',
    '{"a":-1.5,"b":0.1,"c":1e+21,"d":5e-324,"e":1e-7,"f":9007199254740991}',
    '{"a":"\\u0041\\/\\n\\t\\"\\\\"}',
    '{"a":"\\ud83d\\ude00 😀 \\u2028 grün"}',
    '{"a":"\\ud800"}',
    '{"\\u0061":1}',
    '{"a":"1.0","b":"{\\"c\\":1.0}","c":"[1e3,"}',
    '{"a.b":1,"a":{"b":1},"x[0]":[0],"":0}',
    '{"b":1,"-1":2,"01":3,"1.5":4,"1e3":5}',
    '{"1":1,"2":2,"b":3}',
    '{"temperature":1.0,"top_p":0.90,"max_tokens":1e3}',
    '{"__proto__":1,"constructor":{"prototype":null}}',
    "[[],[[]],{},[{}]]",
  ])("keeps %s", (text) => expect(lostInStringify(text)).toBeUndefined());

  it.each([
    ['{"a":1.0}', "a"],
    ['{"a":1e3}', "a"],
    ['{"a":1E21}', "a"],
    ['{"a":1e21}', "a"],
    ['{"a":0.10}', "a"],
    ['{"a":-0}', "a"],
    ['{"a":-0.0}', "a"],
    ['{"a":12345678901234567890}', "a"],
    ['{"a":9007199254740993}', "a"],
    ['{"a":0.1000000000000000055}', "a"],
    ['{"a":1e400}', "a"],
    ["[1,2,3.0]", "[2]"],
    [
      '{"tools":[{"input_schema":{"properties":{"n":{"minimum":1.0}}}}]}',
      "tools[0].input_schema.properties.n.minimum",
    ],
    ['{"tools":[{},{"a":[[0],[1,2.50]]}]}', "tools[1].a[1][1]"],
    ['{"b":1,"2":2}', "b"],
    ['{"2":2,"1":1}', "2"],
    ['{"x":{"b":1,"0":2}}', "x.b"],
    ['{"b":1,"4294967294":2}', "b"],
    ['{"a":1,"a":2}', "a"],
    ['{"a":1,"a":1}', "a"],
    ['{"a":1,"\\u0061":1}', "a"],
    ['{"a":{"b":1},"a":{"b":1}}', "a"],
    ['{"x":[{"k":"v","k":"v"}]}', "x[0].k"],
    ['{"__proto__":1.0}', "__proto__"],
    ["1.0", "(root)"],
    ['{"thinking":{"max_tokens":1.0}}', "thinking.max_tokens"],
    ['{"temperature":0.1000000000000000055,"x":1.0}', "x"],
    ['{"":1.0}', "(root)"],
  ])("finds what %s loses, at %s", (text, path) => expect(lostInStringify(text)).toBe(path));

  it.each([
    "",
    "{",
    '{"a":}',
    "{'a':1}",
    "[1,]",
    '{"a":01}',
    "NaN",
    '"\n"',
    '{"a":1}}',
    "{1:2}",
    '"unfinished',
    "\ufeff{}",
  ])("takes %j for no JSON", (text) => expect(() => lostInStringify(text)).toThrow(SyntaxError));

  it("keeps whatever stringify wrote, with or without white space and escapes", () => {
    const escapeAll = (text: string) =>
      text.replace(/[\u0080-\uffff]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`);
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 3 }), (value) => {
        const kept = JSON.parse(JSON.stringify(value)) as unknown;
        for (const indent of [undefined, 2, "\t"]) {
          expect(lostInStringify(JSON.stringify(kept, undefined, indent))).toBeUndefined();
        }
        expect(lostInStringify(escapeAll(JSON.stringify(kept)))).toBeUndefined();
      }),
    );
  });

  it("finds any integer whose text gains a fraction of zero", () => {
    fc.assert(
      fc.property(fc.integer(), fc.array(fc.string(), { maxLength: 3 }), (n, around) => {
        const beside = JSON.stringify(around);
        const text = `{"around":${beside},"n":${n}.0,"after":${beside}}`;
        expect(lostInStringify(text)).toBe("n");
      }),
    );
  });

  it("finds any key that stands twice", () => {
    const key = fc.string().filter((key) => key !== "");
    fc.assert(
      fc.property(key, fc.jsonValue({ maxDepth: 1 }), (key, value) => {
        const member = `${JSON.stringify(key)}:${JSON.stringify(value)}`;
        expect(lostInStringify(`{${member},${member}}`)).toBe(key);
      }),
    );
  });

  it("reads a string of 20 million characters, as a document in base64 is one", () => {
    const data = "QUJD".repeat(5_000_000);
    expect(lostInStringify(`{"data":"${data}","escapes":"${"\\n".repeat(100_000)}","n":1.0}`)).toBe("n");
  });

  it("reads two thousand tools", () => {
    const tools = Array.from({ length: 2_000 }, (_, i) => ({
      name: `t${i}`,
      input_schema: { type: "object" },
    }));
    expect(lostInStringify(JSON.stringify({ tools }))).toBeUndefined();
  });

  const nested = (depth: number) => "[".repeat(depth) + "]".repeat(depth);

  it("reads a thousand levels and refuses one more, as stringify would fail before long", () => {
    expect(lostInStringify(nested(1_000))).toBeUndefined();
    expect(() => lostInStringify(nested(1_001))).toThrow(
      new RangeError("JSON must not be nested deeper than 1000"),
    );
    expect(() => lostInStringify(nested(200_000))).toThrow(RangeError);
  });
});
