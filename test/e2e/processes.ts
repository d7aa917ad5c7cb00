import { spawn } from "node:child_process";

/** What a process had to say when it ended. */
export interface Ended {
  /** Exit code; missing when it was killed. */
  readonly code: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Running {
  /** Everything it printed so far, both streams in order of arrival. */
  output(): string;
  readonly ended: Promise<Ended>;
  /** Ends it and all that it started, and waits for that. */
  stop(): Promise<void>;
}

export interface Where {
  readonly cwd: string;
  /** The whole environment: nothing is inherited from this process. */
  readonly env: Readonly<Record<string, string>>;
}

/**
 * Runs a command in a process group of its own, which is killed when our end of its standard input closes. The
 * kernel closes it however this process ends, so even SIGKILL leaves nothing behind; a handler would not see that.
 */
const LEASH = `
exec 3<&0
"$@" </dev/null 3<&- &
command=$!
{ cat <&3 >/dev/null 2>&1; kill -KILL 0; } &
wait $command
`;

export function start(command: string, args: readonly string[], { cwd, env }: Where): Running {
  const child = spawn("sh", ["-c", LEASH, "sh", command, ...args], {
    cwd,
    env,
    detached: true,
    stdio: "pipe",
  });
  const printed: { readonly stream: "stdout" | "stderr"; readonly text: string }[] = [];
  for (const stream of ["stdout", "stderr"] as const) {
    child[stream].setEncoding("utf8").on("data", (text: string) => printed.push({ stream, text }));
  }
  const text = (stream?: "stdout" | "stderr") =>
    printed
      .filter((piece) => stream === undefined || piece.stream === stream)
      .map((piece) => piece.text)
      .join("");
  let code: number | undefined;
  child.once("exit", (status) => {
    code = status ?? undefined;
    // The command is over; what it left running ends too, and with it the pipes.
    child.stdin.destroy();
  });
  const ended = new Promise<Ended>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", () => resolve({ code, stdout: text("stdout"), stderr: text("stderr") }));
  });
  return {
    output: () => text(),
    ended,
    stop: async () => {
      child.stdin.destroy();
      await ended;
    },
  };
}

/** Runs a command to its end. A command that takes longer than `timeoutMs` is killed and has no exit code. */
export async function run(
  command: string,
  args: readonly string[],
  where: Where & { readonly timeoutMs: number },
): Promise<Ended> {
  const running = start(command, args, where);
  const timer = setTimeout(() => void running.stop(), where.timeoutMs);
  try {
    return await running.ended;
  } finally {
    clearTimeout(timer);
  }
}

/** Runs a command to its end. @throws Error with the end of what it printed, unless it exits with 0 */
export async function runWell(
  command: string,
  args: readonly string[],
  where: Where & { readonly timeoutMs: number },
): Promise<string> {
  const { code, stdout, stderr } = await run(command, args, where);
  if (code !== 0) {
    const how = code === undefined ? `did not end within ${where.timeoutMs / 1000} s` : `ended with ${code}`;
    throw new Error(`${[command, ...args].join(" ")} ${how}:\n${lastLines(`${stdout}\n${stderr}`, 20)}`);
  }
  return stdout;
}

/** The last lines of a text that are not empty. */
export function lastLines(text: string, count: number): string {
  return text
    .split("\n")
    .filter((line) => line.trim() !== "")
    .slice(-count)
    .join("\n");
}

/** Asks until there is an answer other than `undefined`. @throws Error naming what was awaited */
export async function eventually<T>(
  what: string,
  timeoutMs: number,
  ask: () => T | undefined | Promise<T | undefined>,
): Promise<T> {
  const until = Date.now() + timeoutMs;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    if (Date.now() >= until) throw new Error(`${what}: not within ${timeoutMs / 1000} s`);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}
