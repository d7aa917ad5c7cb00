import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import net from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Command } from "commander";
import fc from "fast-check";
import { afterAll, expect, it, vi } from "vitest";
import { EXIT } from "../../bin/exit.ts";
import { buildProgram } from "../../bin/program.ts";
import { anyText, expectFewWords } from "../support/nasty.ts";
import { warmer } from "./warmer.ts";

const cwd = mkdtempSync(join(tmpdir(), "warmer-arguments-"));
afterAll(() => rmSync(cwd, { recursive: true, force: true }));

/** These serve until they are told to end; what they refuse is tested where they are. */
const SERVERS = ["local", "capture"];

const program = buildProgram(() => {});
const COMMANDS = program.commands.filter((command) => !SERVERS.includes(command.name()));

/** An argument that no shell could hand over is none. */
const argument = anyText.map((text) => text.replaceAll("\u0000", ""));
const numbers = fc.constantFrom("-1", "0", "1e400", "NaN", "0x10", "9007199254740993", "1,5", "٣");

/** A call of a command with some of its options, and anything in the place of their values and its arguments. */
function callOf(command: Command) {
  const flags = [...command.options, ...program.options].filter(({ long }) => long !== "--config");
  const value = fc.oneof(argument, numbers);
  const option = fc
    .constantFrom(...flags)
    .chain(({ long, required }) =>
      required ? value.map((text): string[] => [long ?? "", text]) : fc.constant<string[]>([long ?? ""]),
    );
  return fc
    .tuple(fc.array(value, { maxLength: 3 }), fc.array(option, { maxLength: 4 }))
    .map(([values, options]) => [command.name(), ...values, ...options.flat()]);
}

it("whatever is typed ends with a code and in few words: no stack, no connection, no file", async () => {
  const connect = vi.spyOn(net.Socket.prototype, "connect");
  const calls = fc.oneof(fc.array(argument, { maxLength: 3 }), ...COMMANDS.map(callOf)) as fc.Arbitrary<
    string[]
  >;
  try {
    await fc.assert(
      fc.asyncProperty(calls, async (args) => {
        const { code, stdout, stderr } = await warmer(cwd, ...args);
        expect(Object.values(EXIT)).toContain(code);
        // Who types nothing gets the help.
        if (code !== EXIT.ok && !stderr.startsWith("Usage: ")) {
          expectFewWords(stderr);
          expect(`${stdout}${stderr}`).not.toMatch(/^\s+at /m);
        }
        expect(connect).not.toHaveBeenCalled();
        expect(readdirSync(cwd)).toEqual([]);
      }),
      { numRuns: 2_000, seed: 30 },
    );
  } finally {
    connect.mockRestore();
  }
});
