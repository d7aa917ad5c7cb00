/**
 * One process with one function's bundle in it: what Lambda calls an execution environment. It takes one invocation
 * at a time; one that times out, crashes or exits is its last.
 */
import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { arn, REGION } from "./account.ts";

export interface EnvironmentOptions {
  /** Function name. */
  readonly name: string;
  /** Directory of the bundle, which is left as it is. */
  readonly code: string;
  /** For example `index.handler`. */
  readonly handler: string;
  /** The function's own variables; those that the runtime sets win. */
  readonly environment: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  readonly memoryMb: number;
  /** @default - none: a client that wants to sign a request fails */
  readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string };
  /**
   * What decides chance in the process, beside function and request id.
   * @default ""
   */
  readonly seed?: string;
  /**
   * Real milliseconds after which an invocation counts as stuck: it computes without end, or waits for something
   * that is neither time nor an answer.
   * @default 60000
   */
  readonly stuckAfterMs?: number;
}

export interface FunctionInvocation {
  readonly requestId: string;
  /** Virtual instant at which it begins, milliseconds since the epoch. */
  readonly at: number;
  /** The event, as JSON. */
  readonly payload: unknown;
}

export interface FunctionReply {
  /** Virtual instant at which it ended. */
  readonly at: number;
  /** Null when the handler returned nothing; absent beside an error. */
  readonly result?: unknown;
  /** As Lambda answers it, for example `Sandbox.Timedout`. */
  readonly error?: { readonly errorType: string; readonly errorMessage: string };
  /** What it wrote to stdout and stderr, line by line. */
  readonly logs: readonly string[];
}

export interface Environment {
  /** False once its process has ended, or is about to. */
  alive(): boolean;
  /** Virtual instant from which it takes an invocation; infinite while one is under way. */
  freeAt(): number;
  invoke(invocation: FunctionInvocation): Promise<FunctionReply>;
  stop(): Promise<void>;
}

/** What the process says at the end of an invocation. */
interface Message extends FunctionReply {
  /** Whether the process is of no further use. */
  readonly lost: boolean;
}

const ENTRY = fileURLToPath(new URL("./function-process/main.cjs", import.meta.url));

/** Starts the process; its first invocation waits in the channel. */
export function startEnvironment(options: EnvironmentOptions): Environment {
  const { name, code, timeoutMs, seed = "", stuckAfterMs = 60_000 } = options;
  const functionArn = arn("lambda", `function:${name}`);
  const child = fork(ENTRY, [], {
    cwd: code,
    env: variablesOf(options),
    // The loader of this process is no business of the function. Warnings go to the function's log instead.
    execArgv: ["--no-warnings"],
    stdio: ["ignore", "pipe", "pipe", "ipc"],
  });
  const printed = collectOutput(child);
  let freeAt = Number.NEGATIVE_INFINITY;
  let ended = false;
  let stopped = false;
  let onMessage = (_message: Message) => {};
  let onClose = () => {};

  const kill = () => {
    ended = true;
    child.kill("SIGKILL");
  };
  const closed = new Promise<void>((resolve) => {
    child.once("close", () => {
      ended = true;
      onClose();
      resolve();
    });
  });
  child.on("message", (message) => onMessage(message as Message));
  // A message that did not reach it. "close" follows.
  child.on("error", kill);

  const run = (invocation: FunctionInvocation) =>
    new Promise<Message>((resolve, reject) => {
      const { requestId, at } = invocation;
      const lose = (errorType: string, what: string, endedAt: number) => {
        const error = { errorType, errorMessage: `RequestId: ${requestId} Error: ${what}` };
        settle({ at: endedAt, error, logs: printed(), lost: true });
      };
      const watchdog = setTimeout(() => {
        lose("Sandbox.Timedout", `Task did not end within ${stuckAfterMs} ms of real time`, at + timeoutMs);
      }, stuckAfterMs);
      const settle = (message: Message) => {
        clearTimeout(watchdog);
        resolve(message);
      };
      onMessage = settle;
      onClose = () => {
        if (stopped) {
          clearTimeout(watchdog);
          return reject(new Error(`Function ${name} was stopped during invocation ${requestId}.`));
        }
        const how = child.signalCode ?? `exit status ${child.exitCode}`;
        lose("Runtime.ExitError", `Runtime exited with error: ${how}`, at);
      };
      child.send({ ...invocation, timeoutMs, seed, functionArn });
    });

  return {
    alive: () => !ended,
    freeAt: () => freeAt,
    invoke: async (invocation) => {
      freeAt = Number.POSITIVE_INFINITY;
      const { lost, ...reply } = await run(invocation);
      freeAt = reply.at;
      if (lost) kill();
      return reply;
    },
    stop: async () => {
      stopped = true;
      kill();
      await closed;
    },
  };
}

// --- internal ---

/** Lambda's own variables, and none of this process. https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html */
function variablesOf({ name, code, handler, environment, memoryMb, credentials }: EnvironmentOptions) {
  return {
    AWS_LAMBDA_LOG_GROUP_NAME: `/aws/lambda/${name}`,
    ...environment,
    _HANDLER: handler,
    LAMBDA_TASK_ROOT: code,
    AWS_REGION: REGION,
    AWS_DEFAULT_REGION: REGION,
    AWS_EXECUTION_ENV: "AWS_Lambda_nodejs24.x",
    AWS_LAMBDA_FUNCTION_NAME: name,
    AWS_LAMBDA_FUNCTION_VERSION: "$LATEST",
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(memoryMb),
    AWS_LAMBDA_INITIALIZATION_TYPE: "on-demand",
    AWS_LAMBDA_LOG_STREAM_NAME: `[$LATEST]${name}`,
    LANG: "en_US.UTF-8",
    TZ: "UTC",
    // The SDK's warning is about the Node.js of this machine, which Lambda does not run.
    AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: "true",
    // The developer's own profile is not the function's.
    HOME: code,
    ...(credentials === undefined
      ? {}
      : { AWS_ACCESS_KEY_ID: credentials.accessKeyId, AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey }),
  };
}

/** What the process printed by itself: when it dies without a message, its last words. */
function collectOutput(child: ChildProcess): () => string[] {
  const chunks: Buffer[] = [];
  for (const stream of [child.stdout, child.stderr])
    stream?.on("data", (chunk: Buffer) => chunks.push(chunk));
  return () =>
    Buffer.concat(chunks)
      .toString()
      .split("\n")
      .filter((line) => line !== "");
}
