/** What happened in a run, in words that the demo prints and the tests ask about. */

export type JournalEvent = {
  /** Milliseconds since the epoch, virtual. */
  readonly at: number;
} & (
  | { readonly kind: "deployed"; readonly stack: string; readonly resources: number }
  | InvocationEvent
  | { readonly kind: "throttled"; readonly function: string; readonly trigger: string }
  | {
      readonly kind: "gave-up";
      readonly function: string;
      readonly condition: string;
      readonly attempts: number;
    }
  | {
      readonly kind: "alarm";
      readonly alarm: string;
      readonly from: string;
      readonly to: string;
      readonly reason: string;
    }
  | {
      readonly kind: "notified";
      readonly protocol: string;
      readonly endpoint: string;
      readonly subject: string;
      readonly message: string;
    }
  /** Something that AWS would have lost without a word. */
  | { readonly kind: "lost"; readonly what: string; readonly to: string; readonly because: string }
  | {
      readonly kind: "parameter";
      readonly name: string;
      readonly operation: "Create" | "Update" | "Delete";
      readonly by: string;
    }
  /** What a function told CodeDeploy of a lifecycle hook. */
  | {
      readonly kind: "hook_status";
      readonly deploymentId: string;
      readonly executionId: string;
      readonly status: string;
      readonly by: string;
    }
  | { readonly kind: "queued"; readonly queue: string; readonly what: string }
  | { readonly kind: "fault"; readonly fault: string; readonly state: "begins" | "ends" }
);

export interface InvocationEvent {
  readonly kind: "invoked";
  /** Logical id of the function. */
  readonly function: string;
  /** What caused it, for example `rule WarmRule` or `alarm SpendHour`. */
  readonly trigger: string;
  readonly requestId: string;
  /** Virtual instant at which it ended. */
  readonly endedAt: number;
  readonly result?: unknown;
  readonly error?: { readonly errorType: string; readonly errorMessage: string };
  /** What it wrote to its log, line by line. */
  readonly logs: readonly string[];
}

export interface Journal {
  readonly events: readonly JournalEvent[];
  write(event: JournalEvent): void;
  /** The events so far by instant, those of one instant in an order that depends only on what they say. */
  sorted(): readonly JournalEvent[];
}

export function createJournal(): Journal {
  const events: JournalEvent[] = [];
  return {
    events,
    write: (event) => {
      events.push(event);
    },
    sorted: () =>
      events
        .map((event) => ({ event, text: JSON.stringify(event) }))
        .sort((a, b) => a.event.at - b.event.at || (a.text < b.text ? -1 : Number(a.text > b.text)))
        .map(({ event }) => event),
  };
}
