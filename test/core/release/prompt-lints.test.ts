import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { RequestBody } from "../../../lib/core/prefix.ts";
import { type Lint, lintPrefix, lintText } from "../../../lib/core/release/prompt-lints.ts";
import { isRandom } from "../../../lib/core/release/prompt-lints-ids.ts";
import { aRequest, prefixOf } from "../samples.ts";

const MARK = { cache_control: { type: "ephemeral", ttl: "1h" } };

const lints = (fields: RequestBody): Lint[] =>
  lintPrefix(prefixOf(aRequest(fields))).filter(({ code }) => code !== "below_minimum");

/** The codes found in a system prompt of this text. */
const codes = (text: string) => lints({ system: [{ type: "text", text, ...MARK }] }).map(({ code }) => code);

/** The codes found in a tool with this schema. */
const schemaCodes = (schema: object) =>
  lints({ tools: [{ name: "t", description: "d", input_schema: schema }] }).map(({ code }) => code);

describe("a timestamp", () => {
  it.each([
    "Current time: 2026-11-20T14:03:00Z",
    "Generated 2026-11-20 14:03:00.123 +01:00 by the build",
    "2026/11/20 14:03",
    "2026-11-20T14:03:00,5-0800",
    "https://files.example.com/a.pdf?X-Amz-Date=20261120T140300Z",
    "It is Fri, 20 Nov 2026 14:03:00 +0000.",
    "It is Fri, 20 Nov 2026 14:03 GMT.",
    "Fri Nov 20 2026 14:03:00 GMT+0000 (Coordinated Universal Time)",
    "Fri Nov 20 14:03:00 UTC 2026",
    "11/20/2026, 2:03:00 PM",
    "Current date: 2026-11-20",
    "current_date=2026-11-20",
    "Today is Friday, November 20, 2026.",
    "Today's date: 20 November 2026",
    "Today’s date is 20.11.2026",
    "The current time is 14:03.",
    "rendered at 2026-11-20",
    "timestamp: 1795183380",
    "currentTime=1795183380000",
    "created_at: 1795183380",
    "Unix time in ms: 1795183380000",
    "The current time in ISO format: 2026-11-20T14:03:00Z",
  ])("is found in %j", (text) => {
    expect(codes(text)).toEqual(["timestamp"]);
  });

  it.each([
    "Valid from 2024-06-30; version 2026-11-20 of the terms.",
    "Policy last updated 2024-06-30. As of January 1, 2025 returns take 30 days.",
    "Dates look like 2024-01-01T00:00:00Z, for example 2024-06-30T12:00:00+02:00.",
    "Answer in ISO 8601 format (2024-06-30T12:00:00Z).",
    "Orders before 17:00 leave today; we open at 09:00.",
    "The current time zone is CET, phones are open 09:00 to 17:00.",
    "Say today what you can do, not on 2024-06-30.",
    "Call 1555123456 at any time. Article 1795183380 is sold out.",
    "timestamp: 1495183380, and timestamp: 17951833801",
    "Version 10.2026-11-20 12:30 of the firmware",
    "claude-sonnet-4-5-20250929",
    "25/2026, 2:03",
  ])("is not seen in %j", (text) => {
    expect(codes(text)).toEqual([]);
  });

  // The plausible range is 1,500,000,000 to 1,999,999,999 seconds.
  it.each([
    ["1499999999", []],
    ["1500000000", ["timestamp"]],
    ["1999999999", ["timestamp"]],
    ["2000000000", []],
    ["1999999999999", ["timestamp"]],
    ["199999999999", []],
  ])("of Unix time %s is found as %j", (epoch, found) => {
    expect(codes(`now: ${epoch}`)).toEqual(found);
  });

  it.each([
    [{ type: "object", "x-built": { built_at: 1_795_183_380 } }, ["timestamp"]],
    [{ type: "object", properties: { n: { maximum: 1_795_183_380 } } }, []],
    [{ type: "object", description: "It is Fri, 20 Nov 2026 14:03 GMT." }, ["timestamp"]],
    [{ type: "object", properties: { at: { type: "string", default: "2026-11-20T14:03:00Z" } } }, []],
    [{ type: "object", properties: { at: { type: "string", examples: ["2026-11-20T14:03:00Z"] } } }, []],
  ])("in the schema of a tool is found in %j as %j", (schema, found) => {
    expect(schemaCodes(schema)).toEqual(found);
  });
});

describe("a UUID", () => {
  it.each([
    "Session 3f2c8a1e-9b4d-4c7a-8e21-5d6f7a8b9c0d begins.",
    "req_3F2C8A1E-9B4D-4C7A-8E21-5D6F7A8B9C0D",
    "https://example.com/chat?session=3f2c8a1e-9b4d-4c7a-8e21-5d6f7a8b9c0d",
    "0192f0c1-7e4b-7d2a-b1c3-9f8e7d6c5b4a",
  ])("is found in %j", (text) => {
    expect(codes(text)).toEqual(["uuid"]);
  });

  it.each([
    "00000000-0000-0000-0000-000000000000",
    "ffffffff-ffff-ffff-ffff-ffffffffffff",
    "An id such as 123e4567-e89b-12d3-a456-426614174000",
    "550e8400-e29b-41d4-a716-446655440000",
    "For example 3f2c8a1e-9b4d-4c7a-8e21-5d6f7a8b9c0d",
    "https://example.com/articles/3f2c8a1e-9b4d-4c7a-8e21-5d6f7a8b9c0d",
    "3f2c8a1e-9b4d-4c7a-8e21-5d6f7a8b9c0",
    "3f2c8a1e-9b4d-4c7a-8e21-5d6f7a8b9c0de",
    "g3f2c8a1-9b4d-4c7a-8e21-5d6f7a8b9c0d",
  ])("is not seen in %j", (text) => {
    expect(codes(text)).toEqual([]);
  });
});

describe("a random id", () => {
  it.each([
    "Request id: 8f3a9c2e",
    "trace_id=4bf92f3577b34da6",
    "Session: x7Kp2QmZ9w",
    "sessionId: 'x7Kp2QmZ9wLr'",
    "build: 20251120-a1b2c3d4",
    "traceparent 4bf92f3577b34da6a3ce929d0e0e4736",
    "commit 9fceb02d0ae598e95dc970b74767f19372d61af8",
    "You are V1StGXR8_Z5jdHi6B-myT.",
    "01ARZ3NDEKTSV4RRFFQ69G5FAV",
    "clh3am1f30000udocl363eofy",
    "req_011CZkqNmLsP5tVwYb3a",
    "msg_013Zva2CMHLNnXjNJJKqJ2EF",
    "https://example.com/chat?token=V1StGXR8Z5jdHi6BmyT4qW",
  ])("is found in %j", (text) => {
    expect(codes(text)).toEqual(["random_id"]);
  });

  it.each([
    "request_id: required, session_id: string, trace id: see the header",
    "Session: deadbeef, build: production-2, run: nightly-tests",
    "Order numbers are OX- and eight digits, such as OX-12345678.",
    "ORDER_STATUS_PENDING_REVIEW_2 and RETURN_WINDOW_30_DAYS_EU",
    "claude-sonnet-4-5-20250929, gpt-4o-mini-2024-07-18, text-embedding-3-large",
    "getCustomerOrderHistoryV2 calls AmazonElasticComputeCloud2024Client",
    "X-Amz-Content-Sha256-V4-Abc and application/vnd.api+json",
    "arn:aws:iam::123456789012:role/PromptCacheWarmerRole2",
    "how-to-reset-your-password-2024-guide-for-new-customers",
    "price_MonthlyPro2024 and evt_OrderCreatedV2",
    "https://example.com/d/4bf92f3577b34da6a3ce929d0e0e4736/report",
    "A hash, for example 4bf92f3577b34da6a3ce929d0e0e4736.",
    "Donaudampfschifffahrtsgesellschaft, internationalization",
    "0000000000000000000000000000000000000000, aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
    "vpc-0a1b2c3d4e5f67890",
    `data:image/png;base64,${"iVBORw0KGgo4AAAANSUhEUgAAAAUA".repeat(6)}`,
    "Call +49 30 1234567890123456",
  ])("is not seen in %j", (text) => {
    expect(codes(text)).toEqual([]);
  });

  it("is found nearly always where 22 characters of base62 are drawn", () => {
    const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    const token = fc.array(fc.integer({ min: 0, max: 61 }), { minLength: 22, maxLength: 22 });
    const tokens = fc.sample(
      token.map((places) => places.map((i) => alphabet[i]).join("")),
      {
        numRuns: 500,
        seed: 7,
      },
    );
    expect(tokens.filter((one) => isRandom(one)).length).toBeGreaterThan(400);
  });

  it("is never seen in words, whatever joins them", () => {
    const word = fc.constantFrom("Order", "customer", "REFUND", "v2", "List", "by", "Id", "2024", "eu");
    const name = fc.tuple(fc.array(word, { minLength: 1, maxLength: 6 }), fc.constantFrom("_", "-"));
    fc.assert(
      fc.property(name, ([words, joint]) => {
        expect(isRandom(words.join(joint))).toBe(false);
      }),
    );
  });

  it("is let be where the API has its own: ids of tool calls, signatures, documents", () => {
    const messages = [
      { role: "user", content: "Where is it?" },
      {
        role: "assistant",
        content: [
          { type: "thinking", thinking: "Look.", signature: "EqQBCgIYAhIkV1StGXR8Z5jdHi6BmyT4qW" },
          { type: "tool_use", id: "toolu_01A09q90qw90lq917835lq9", name: "refund", input: { n: "1" } },
        ],
      },
      {
        role: "user",
        content: [
          { type: "tool_result", tool_use_id: "toolu_01A09q90qw90lq917835lq9", content: "no", ...MARK },
        ],
      },
    ];
    expect(lints({ messages })).toEqual([]);
  });

  it("is found in a setting that takes part in the cache key", () => {
    expect(lints({ container: "container_011CZkqNmLsP5tVwYb3a" })).toMatchObject([
      { path: "container", code: "random_id", byte: 1 },
    ]);
  });
});

describe("a lint", () => {
  it("counts bytes, not characters, of a plain text", () => {
    const [lint] = lints({ system: [{ type: "text", text: 'Grüße\n"Ω" 2026-11-20T14:03Z', ...MARK }] });
    expect(lint).toMatchObject({ path: "system[0].text", byte: Buffer.byteLength('Grüße\n"Ω" ') });
  });

  it("counts bytes of the JSON of everything else", () => {
    const tool = { name: "t", description: 'Über "now" 2026-11-20T14:03Z' };
    const [lint] = lints({ tools: [tool] });
    const json = Buffer.from(JSON.stringify(tool));
    expect(lint).toMatchObject({ path: "tools[0]", byte: json.indexOf("2026") });
  });

  it.each([
    [
      "system",
      {
        system: "At 2026-11-20T14:03Z",
        tools: [],
        messages: [{ role: "user", content: [{ type: "text", text: "a", ...MARK }] }],
      },
    ],
    [
      "messages[0].content",
      {
        messages: [
          { role: "user", content: "At 2026-11-20T14:03Z" },
          { role: "user", content: [{ type: "text", text: "a", ...MARK }] },
        ],
      },
    ],
    [
      "messages[0].content[0].text",
      { messages: [{ role: "user", content: [{ type: "text", text: "At 2026-11-20T14:03Z", ...MARK }] }] },
    ],
  ])("names %s as the place of a text", (path, fields) => {
    expect(lints(fields)).toMatchObject([{ path, byte: 3 }]);
  });

  it("is one for each code and text, and counts the rest", () => {
    const text = "2026-11-20T14:03Z and 2026-11-20T14:04Z and 2026-11-20T14:05Z";
    const found = lints({ system: [{ type: "text", text, ...MARK }] });
    expect(found).toMatchObject([{ byte: 0, message: expect.stringContaining("2 more in this text") }]);
  });

  it("ignores what stands behind the last breakpoint", () => {
    const messages = [{ role: "user", content: "It is 2026-11-20T14:03Z, request id: 8f3a9c2e" }];
    expect(lints({ messages })).toEqual([]);
  });

  it("never quotes the prompt", () => {
    const secret = "3f2c8a1e-9b4d-4c7a-8e21-5d6f7a8b9c0d";
    const tools = [
      {
        name: "canary_tool",
        description: secret,
        input_schema: { type: "object", properties: { canary_key: { description: "2026-11-20T14:03Z" } } },
      },
    ];
    const found = lints({ tools }).map(lintText).join("\n");
    expect(found).toContain("tools[0] at byte ");
    for (const text of [secret, "canary", "2026-11-20"]) expect(found).not.toContain(text);
  });
});

describe("what a lint says", () => {
  const system = (text: string) => lints({ system: [{ type: "text", text, ...MARK }] });
  const said = (more = "") =>
    `looks like a value of the moment (ISO 8601, 17 characters${more}): if the application writes it anew, it never reads this prefix; move it behind the last breakpoint`;

  it("is the form and the length of the first place, and how many more there are", () => {
    expect(system("2026-11-20T14:03Z")).toEqual([
      { path: "system[0].text", code: "timestamp", byte: 0, message: said() },
    ]);
    expect(system("2026-11-20T14:03Z 2026-11-20T14:04Z")[0]?.message).toBe(said("; 1 more in this text"));
  });

  it("is about the place that stands first, whatever its form", () => {
    expect(system("At Fri, 20 Nov 2026 14:03 GMT or 2026-11-20T14:03Z")).toMatchObject([
      { byte: 3, message: expect.stringContaining("RFC 2822") },
    ]);
    const description = "2026-11-20T14:03Z";
    const later = { type: "object", description: `${" ".repeat(200)}2026-11-20T14:04Z` };
    const tool = { name: "t", description: `At ${description}`, input_schema: later };
    expect(lints({ tools: [tool] })).toMatchObject([{ byte: JSON.stringify(tool).indexOf("2026") }]);
  });

  it("is told with its place, and with a byte where it has one", () => {
    const lint = { path: "tools[0]", code: "uuid", message: "m" } as const;
    expect(lintText({ ...lint, byte: 0 })).toBe("tools[0] at byte 0: uuid: m");
    expect(lintText(lint)).toBe("tools[0]: uuid: m");
  });
});

describe("a value in JSON", () => {
  const ID = "4bf92f3577b34da6a3ce929d0e0e4736";

  it.each(["data", "signature", "encrypted_content", "encrypted_index"])("under %s is opaque", (key) => {
    expect(schemaCodes({ type: "object", [key]: ID })).toEqual([]);
  });

  it.each(["example", "examples", "default", "const", "enum", "pattern"])(
    "under %s is documentation",
    (key) => {
      expect(schemaCodes({ type: "object", [key]: [ID] })).toEqual([]);
    },
  );

  it.each(["id", "tool_use_id", "file_id"])(
    "under %s is an id of the API, and a time still a time",
    (key) => {
      expect(schemaCodes({ type: "object", [key]: ID })).toEqual([]);
      expect(schemaCodes({ type: "object", [key]: "2026-11-20T14:03Z" })).toEqual(["timestamp"]);
    },
  );

  it("is found under any other key", () => {
    expect(schemaCodes({ type: "object", title: ID })).toEqual(["random_id"]);
  });
});

describe("the size", () => {
  const sized = (bytes: number) => {
    const withText = (text: string) =>
      prefixOf(aRequest({ tools: [], system: [{ type: "text", text, ...MARK }] }));
    const empty = JSON.stringify(withText("").body).length;
    return lintPrefix(withText("x".repeat(bytes - empty))).map(({ code }) => code);
  };

  // Opus 5.5 caches 512 tokens and more; five bytes a token at most.
  it.each([
    [2_560, []],
    [2_555, ["below_minimum"]],
  ])("of %i bytes gives %j", (bytes, found) => {
    expect(sized(bytes)).toEqual(found);
  });
});

describe("a size that may be below the minimum", () => {
  it("is told with the minimum and the model, at the root", () => {
    const request = aRequest({ tools: [], system: [{ type: "text", text: "Brief.", ...MARK }] });
    expect(lintPrefix(prefixOf(request))).toEqual([
      {
        path: "(root)",
        code: "below_minimum",
        message: "may lie below the 512 tokens that claude-opus-5-5 needs; count it before you rely on it",
      },
    ]);
  });

  it("is not told of a model whose minimum nobody knows", () => {
    expect(lintPrefix(prefixOf(aRequest({ model: "claude-none" })))).toEqual([]);
  });
});

describe("the distance between breakpoints", () => {
  const text = (i: number, marked: boolean) => ({ type: "text", text: `Part ${i}.`, ...(marked && MARK) });
  const system = (...marked: readonly number[]) => {
    const last = marked.at(-1) ?? 0;
    return { system: Array.from({ length: last + 1 }, (_, i) => text(i, marked.includes(i))) };
  };

  // A read looks at 20 positions, the breakpoint's own included.
  it.each([
    [[0, 19], []],
    [[0, 20], ["system[20]"]],
    [[0, 19, 38], []],
    [
      [0, 20, 41],
      ["system[20]", "system[41]"],
    ],
    [[40], []],
  ])("of breakpoints at %j is told at %j", (marked, paths) => {
    const found = lints(system(...marked));
    expect(found.map(({ path }) => path)).toEqual(paths);
    expect(found.every(({ code }) => code === "look_back")).toBe(true);
  });

  it.each([
    [18, []],
    [19, ["look_back"]],
  ])("counts a run of tool results as one position: %i blocks and a run give %j", (between, found) => {
    const results = Array.from({ length: 30 }, (_, i) => ({ type: "tool_result", tool_use_id: `call ${i}` }));
    const texts = Array.from({ length: between }, (_, i) => ({ type: "text", text: `Part ${i}.` }));
    const content = [...results, ...texts].map((block, i, all) =>
      i === all.length - 1 ? { ...block, ...MARK } : block,
    );
    expect(lints({ messages: [{ role: "user", content }] }).map(({ code }) => code)).toEqual(found);
  });

  it("is told with the breakpoint before it", () => {
    expect(lints(system(0, 20))[0]?.message).toBe(
      "is 20 blocks after the breakpoint on system[0]; the provider looks back over 20, the breakpoint itself included: once a block in between changes, a request that does not mark system[0] as well writes all of it anew; put a breakpoint in between",
    );
  });

  it.each([
    ["tool_use", "assistant", []],
    ["tool_result", "user", []],
    ["text", "user", ["look_back"]],
  ])("counts thirty blocks of %s in a row as they count for the provider", (type, role, found) => {
    const block = (i: number) =>
      type === "text"
        ? { type, text: `Part ${i}.` }
        : type === "tool_use"
          ? { type, id: `call ${i}`, name: "n", input: {} }
          : { type, tool_use_id: `call ${i}` };
    const content = Array.from({ length: 30 }, (_, i) => ({ ...block(i), ...(i === 29 && MARK) }));
    expect(
      lints({ system: [{ type: "text", text: "Brief.", ...MARK }], messages: [{ role, content }] }).map(
        ({ code }) => code,
      ),
    ).toEqual(found);
  });
});
