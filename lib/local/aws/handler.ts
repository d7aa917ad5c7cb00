/** One operation of a service: which members of its input it understands, and what it answers. */
import type { Call } from "./calls.ts";

/** What a handler knows of the call beside its input. */
export interface CallContext extends Call {
  /** Holds the answer back from the caller for this many virtual milliseconds. */
  takes(milliseconds: number): void;
}

export interface Handler {
  /** A call with any other member is refused: a member that is read over would be a lie about AWS. */
  readonly members: readonly string[];
  readonly run: (input: never, call: CallContext) => unknown;
}

export type Handlers = Readonly<Record<string, Handler>>;

/** Input and output are those of the SDK, as plain objects. */
export function handler<Input extends object, Output extends object>(
  members: readonly (keyof Input & string)[],
  run: (input: Input, call: CallContext) => Output | Promise<Output>,
): Handler {
  return { members, run };
}
