import type { Assembly } from "../assembly.ts";
import type { InvocationEvent } from "../journal.ts";
import type { ResolvedTemplate } from "../template.ts";
import type { Handlers } from "./handler.ts";

export interface Invocation {
  readonly at: number;
  readonly payload: unknown;
  /** What caused it, for the journal. */
  readonly trigger: string;
}

/** A service that wants to invoke a function, which the function's own policy must allow. */
export interface ServiceAccess {
  /** Function name or ARN. */
  readonly function: string;
  /** For example `events.amazonaws.com`. */
  readonly principal: string;
  readonly sourceArn: string;
}

export interface LambdaService {
  readonly handlers: Handlers;
  /** Ends the processes of the former template and takes over the functions of this one. */
  deploy(template: ResolvedTemplate, assembly: Assembly): Promise<void>;
  /** Invokes and waits. @param name function name or ARN. @returns undefined when it was throttled. */
  invoke(name: string, invocation: Invocation): Promise<InvocationEvent | undefined>;
  /**
   * Invokes asynchronously on behalf of a service.
   * @returns false when the function does not exist or gives the service no permission; the journal says which.
   */
  invokeAsService(request: Invocation & ServiceAccess): boolean;
  stop(): Promise<void>;
}
