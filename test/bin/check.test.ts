import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { type Ran, warmer, warmerProcess } from "./warmer.ts";

const examples = fileURLToPath(new URL("../../examples/support-agent/prompts/", import.meta.url));
const cwd = mkdtempSync(join(tmpdir(), "warmer-check-"));
afterAll(() => rmSync(cwd, { recursive: true, force: true }));

/** `warmer check` of a file with this text. */
function checkText(text: string): Promise<Ran> {
  const file = join(mkdtempSync(join(cwd, "prompt-")), "prompt.json");
  writeFileSync(file, text);
  return warmer(cwd, "check", file);
}

const system = `[{"type":"text","text":"Be kind.","cache_control":{"type":"ephemeral"}}]`;
const withSystem = (more: string) => `{"model":"claude-sonnet-5-5","system":${system},${more}"messages":[]}`;

describe("warmer check", () => {
  it("says of a shared prompt what it is, and what a day costs each way", async () => {
    const { code, stdout, stderr } = await warmer(cwd, "check", join(examples, "support.blue.json"));
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toContain("cacheable     yes, for claude-sonnet-5-5");
    expect(stdout).toContain("breakpoints   system[2] (1h)");
    expect(stdout).toMatch(/size {10}about 13520 tokens \(10816 to 21632; 54079 bytes/);
    for (const way of ["no warmer, 5m", "no warmer, 1h", "warmer, 5m", "warmer, 1h"])
      expect(stdout).toMatch(new RegExp(`^ {4}${way} +\\$\\d+\\.\\d\\d +\\d+ % of requests cold`, "m"));
    expect(stdout).toMatch(/warmer, 1h .*<- cheapest\n {2}advice +warm it with ttl 1h\n$/);
  });

  it("advises against a warmer where traffic keeps the prompt warm by itself", async () => {
    const file = join(examples, "support.blue.json");
    const { code, stdout } = await warmer(cwd, "check", file, "--requests-per-hour", "200");
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /advice +do not warm this: at this rate "no warmer, 1h" is cheaper than any warmer$/m,
    );
  });

  it("prints one JSON document with --json, and nothing else", async () => {
    const { code, stdout, stderr } = await warmer(cwd, "--json", "check", join(examples, "triage.blue.json"));
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(JSON.parse(stdout)).toMatchObject({
      kind: "cacheable",
      model: "claude-sonnet-5-5",
      breakpoints: [{ path: "system[0]", ttl: "1h" }],
      estimate: { tokens: 2461, least: 1969, most: 3937 },
      costs: expect.arrayContaining([expect.objectContaining({ way: "warmer, 1h" })]),
    });
  });

  it("warns of a clock in the prompt with its place, and refuses it only with --strict", async () => {
    const file = join(examples, "support.clock.json");
    const [plain, strict] = await Promise.all([
      warmer(cwd, "check", file),
      warmer(cwd, "--json", "check", "--strict", file),
    ]);
    expect([plain.code, strict.code]).toEqual([0, 4]);
    expect(plain.stdout).toContain("warning       system[0].text at byte 681: timestamp: ");
    expect(plain.stdout).not.toContain("2026-11-20");
    expect(JSON.parse(strict.stdout)).toMatchObject({
      lints: [{ path: "system[0].text", code: "timestamp", byte: 681 }],
    });
  });

  it.concurrent.each([
    { what: "is not JSON", text: "You are kind.", says: "(root) must be one JSON object; it does not parse" },
    {
      what: "has no breakpoint: the place for one is named",
      text: '{"model":"claude-sonnet-5-5","system":[{"type":"text","text":"a"},{"type":"text","text":"b"}]}',
      says: 'system[1] has no cache breakpoint; put "cache_control":{"type":"ephemeral","ttl":"1h"} on system[1]',
    },
    {
      what: "has a number that would be written in another way",
      text: withSystem('"metadata":{"weight":1.0},'),
      says: "metadata.weight changes when parsed and written again",
    },
    {
      what: "has a key twice",
      text: withSystem('"max_tokens":1,"max_tokens":2,'),
      says: "max_tokens changes when parsed and written again",
    },
  ])("refuses a file that $what", async ({ text, says }) => {
    const { code, stdout } = await checkText(text);
    expect(code).toBe(4);
    expect(stdout).toContain(`cannot be kept warm: `);
    expect(stdout).toContain(says);
  });
});

it("a shell that starts the program sees the same as these tests", async () => {
  for (const file of [join(examples, "triage.blue.json"), "missing.json"])
    expect(await warmerProcess(cwd, "check", file)).toEqual(await warmer(cwd, "check", file));
});

describe("a mistyped call", () => {
  it.concurrent.each([
    { args: ["staus"], says: "unknown command 'staus'\n(Did you mean status?)" },
    { args: ["x".repeat(40)], says: `unknown command '${"x".repeat(40)}'` },
    { args: ["x".repeat(41)], says: `unknown command '${"x".repeat(40)}…'` },
    { args: ["check", "x.json", "--requests-per-hour", "-1"], says: "must be a number of at least 0" },
  ])("$args ends with exit code 2 and what is wrong with it", async ({ args, says }) => {
    const { code, stdout, stderr } = await warmer(cwd, ...args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toContain(says);
  });
});
