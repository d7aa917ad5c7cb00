/**
 * Runs a function's bundle as Lambda would, on virtual time. Life of a function: an invocation takes a process that is
 * free at its virtual instant, or a new one; a process that timed out, crashed or exited is replaced by a later
 * invocation; ended by `stop`.
 */
import { existsSync } from "node:fs";
import {
  type Environment,
  type EnvironmentOptions,
  type FunctionInvocation,
  type FunctionReply,
  startEnvironment,
} from "./function-environment.ts";

export type { FunctionInvocation, FunctionReply } from "./function-environment.ts";

export interface FunctionOptions extends EnvironmentOptions {
  /**
   * Most invocations that may overlap, in virtual or in real time. Each has a process of its own.
   * @default 1000, the limit of a whole account
   */
  readonly concurrency?: number;
}

export interface LocalFunction {
  /** Whatever the function does is a reply. Rejects after `stop`, and when `concurrency` is exceeded. */
  invoke(invocation: FunctionInvocation): Promise<FunctionReply>;
  /** Ends the processes. An invocation under way rejects. */
  stop(): Promise<void>;
}

/** https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
const ACCOUNT_CONCURRENCY = 1000;

/** @throws when there is no code. */
export function startFunction(options: FunctionOptions): LocalFunction {
  const { name, code, concurrency = ACCOUNT_CONCURRENCY } = options;
  // Otherwise each invocation would say no more than that a process ended.
  if (!existsSync(code))
    throw new Error(
      `Function ${name}: code must be the directory of its bundle, got: ${JSON.stringify(code)}.`,
    );
  let environments: Environment[] = [];
  let stopped = false;

  const take = (at: number): Environment => {
    environments = environments.filter((environment) => environment.alive());
    const free = environments.find((environment) => environment.freeAt() <= at);
    if (free !== undefined) return free;
    if (environments.length >= concurrency)
      throw new Error(
        `Function ${name}: at most ${concurrency} invocations may overlap, one more began at ${at}.`,
      );
    const started = startEnvironment(options);
    environments.push(started);
    return started;
  };

  return {
    invoke: async (invocation) => {
      if (stopped) throw new Error(`Function ${name} has been stopped.`);
      return take(invocation.at).invoke(invocation);
    },
    stop: async () => {
      stopped = true;
      await Promise.all(environments.map((environment) => environment.stop()));
    },
  };
}
