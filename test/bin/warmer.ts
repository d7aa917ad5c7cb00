import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { main } from "../../bin/warmer.ts";

const CLI = fileURLToPath(new URL("../../bin/warmer.mjs", import.meta.url));

/** What a user sees of one call of the CLI. */
export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

let turn: Promise<unknown> = Promise.resolve();

/**
 * `warmer …`, started in `cwd`. It never sees the AWS settings of this machine. It runs in this process, where it need
 * not start anew; calls wait for each other, since a process has one working directory and one stdout.
 */
export function warmer(cwd: string, ...args: readonly string[]): Promise<Ran> {
  const ran = turn.then(() => inThisProcess(cwd, args));
  turn = ran.catch(() => undefined);
  return ran;
}

/** The same, as a shell starts it. */
export function warmerProcess(cwd: string, ...args: readonly string[]): Promise<Ran> {
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("AWS_")));
  return new Promise((resolve) => {
    const child = execFile(process.execPath, [CLI, ...args], { cwd, env }, (_error, stdout, stderr) => {
      resolve({ code: child.exitCode ?? -1, stdout, stderr });
    });
  });
}

async function inThisProcess(cwd: string, args: readonly string[]): Promise<Ran> {
  const here = process.cwd();
  const aws = Object.entries(process.env).filter(([name]) => name.startsWith("AWS_"));
  const [stdout, stderr] = [held(process.stdout), held(process.stderr)];
  process.chdir(cwd);
  for (const [name] of aws) delete process.env[name];
  try {
    const code = await main([process.execPath, CLI, ...args]);
    return { code, stdout: stdout.text(), stderr: stderr.text() };
  } finally {
    Object.assign(process.env, Object.fromEntries(aws));
    process.chdir(here);
    stdout.release();
    stderr.release();
  }
}

/** Keeps what is written to a stream, until it is released. */
function held(stream: NodeJS.WriteStream): { readonly text: () => string; readonly release: () => void } {
  const { write } = stream;
  const written: string[] = [];
  stream.write = (chunk: string | Uint8Array) => {
    written.push(typeof chunk === "string" ? chunk : Buffer.from(chunk).toString());
    return true;
  };
  return {
    text: () => written.join(""),
    release: () => {
      stream.write = write;
    },
  };
}
