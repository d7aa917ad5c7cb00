import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { WarmReport } from "../../lib/app/warm-cycle.ts";

/** What a run made of the process that it ran in. */
export interface Ran {
  readonly report: WarmReport;
  /** Of this run, and of the process's start if it was the first. */
  readonly cpuSeconds: number;
  /** The most that the process has held since its start. */
  readonly memoryMB: number;
}

/** An instance of the warm function in a process of its own, on the wall clock. */
export interface Instance {
  /** @throws Error if the run ended as an error, or the process with it */
  invoke(event: object): Promise<Ran>;
  stop(): Promise<void>;
}

export interface InstanceOptions {
  /** Directory of the bundle. */
  readonly code: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  /** Flags of Node. @default - none */
  readonly flags?: readonly string[];
}

interface Message {
  readonly result?: WarmReport;
  readonly cost?: Omit<Ran, "report">;
  readonly error?: string;
}

const ENTRY = fileURLToPath(new URL("./instance-process.cjs", import.meta.url));

/** Starts the process. It loads the bundle with its first event: what an instance needs to start is in that run. */
export function startInstance({ code, environment, timeoutMs, flags = [] }: InstanceOptions): Instance {
  const child = fork(ENTRY, [], {
    cwd: code,
    env: { ...environment, LAMBDA_TASK_ROOT: code, HOME: code, TZ: "UTC" },
    execArgv: ["--no-warnings", ...flags],
    // The run's log lines are not read here; what Node itself has to say is.
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  return {
    invoke: (event) =>
      new Promise((resolve, reject) => {
        const onExit = () => reject(new Error("the function's process ended during a run"));
        child.once("exit", onExit);
        child.once("message", (message) => {
          child.off("exit", onExit);
          const { result, cost, error } = message as Message;
          if (result === undefined || cost === undefined) reject(new Error(`the run failed: ${error}`));
          else resolve({ report: result, ...cost });
        });
        child.send({ event, timeoutMs });
      }),
    stop: async () => {
      child.kill("SIGKILL");
      await ended;
    },
  };
}
