import type { Command } from "commander";
import { buildProgram } from "../../bin/program.ts";
import { words } from "./markdown.ts";

/** The real program with commands that do nothing. */
function idleProgram(): Command {
  const program = buildProgram(() => {});
  const quiet = (command: Command): void => {
    command.configureOutput({ writeOut: () => {}, writeErr: () => {} });
    if (command !== program) command.action(() => {});
    for (const inner of command.commands) quiet(inner);
  };
  quiet(program);
  return program;
}

/** What is wrong with a command as it is typed, or nothing. A name alone is a mention, not something to type. */
export function faultOf(command: string): string | undefined {
  const program = idleProgram();
  const [, ...args] = words(command);
  const [name, ...more] = args;
  if (name === undefined) return undefined;
  if (more.length === 0 && program.commands.some((known) => known.name() === name)) return undefined;
  try {
    program.parse(args, { from: "user" });
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
