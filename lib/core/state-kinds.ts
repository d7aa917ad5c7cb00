/**
 * The kinds of items in the one table. The partition key begins with the kind. Each kind has one place that
 * writes it; the functions' permissions are derived from this table, and a test holds the code against it.
 */
export type Role =
  | "warm"
  | "monitor"
  | "pause"
  | "gate"
  | "operator"
  | "publisher"
  | "flipper"
  | "application";

export interface StateKind {
  readonly holds: string;
  readonly writtenBy: readonly Role[];
  readonly readBy: readonly Role[];
}

export const STATE_KINDS = {
  control: {
    holds: "control state, ledger, lease, what is served, the last cycle",
    writtenBy: ["warm", "monitor", "pause", "gate", "operator"],
    readBy: ["warm", "monitor", "pause", "gate", "operator", "flipper"],
  },
  prefix: {
    holds: "proof and due times: required prefixes in pages of up to 64, optional ones alone, by fingerprint",
    writtenBy: ["warm"],
    readBy: ["warm", "monitor", "operator"],
  },
  plan: {
    holds:
      "what the planner knows of all optional prefixes together and advises, and what the required ones need",
    writtenBy: ["warm"],
    readBy: ["warm", "monitor"],
  },
  incident: {
    holds: "what happened to the control state: who, when, why, how it ended, and what the cause was",
    writtenBy: ["monitor", "operator"],
    readBy: ["monitor", "operator"],
  },
  manifest: {
    holds: "what the current release of a color serves",
    writtenBy: ["publisher"],
    readBy: ["warm", "monitor", "gate", "operator", "publisher", "flipper"],
  },
  body: {
    holds: "a prompt's request head, gzip, by its digest",
    writtenBy: ["publisher"],
    readBy: ["warm", "publisher"],
  },
  gate: {
    holds: "one gate: the candidate, what is asked of it, how far it is, and the answer",
    writtenBy: ["gate", "warm"],
    readBy: ["gate", "warm"],
  },
  history: {
    holds: "what the hours and days cost and saved, what is normal, and the spike that is under way",
    writtenBy: ["monitor"],
    readBy: ["monitor", "operator"],
  },
  mark: {
    holds: "a known event that explains fill cost: a release, a gate, a flip, or what an operator announced",
    writtenBy: ["publisher", "gate", "flipper", "operator", "monitor"],
    readBy: ["monitor", "operator"],
  },
  usage: {
    holds: "what the application used, by minute and fingerprint; expires by itself",
    writtenBy: ["application"],
    readBy: ["warm", "monitor", "operator"],
  },
} as const satisfies Record<string, StateKind>;

export type StateKindName = keyof typeof STATE_KINDS;

/** Local secondary index of the table that lists prefixes by due time. */
export const DUE_INDEX = "byDue";

/** The attribute by which DynamoDB deletes what has served its time: seconds since the epoch. */
export const EXPIRY_ATTRIBUTE = "expiresAt";

/** The schema that this version writes. Older items are read; newer ones are `state_unreadable`. */
export const STATE_SCHEMA = 1;

/**
 * How the partition key of a kind's items begins. Each partition of a warmer has items of its own; those of a warmer
 * without partitions have the kind alone. Neither a kind nor a partition's name contains `@` or `#`.
 */
export function stateKey(kind: StateKindName, partition?: string): string {
  return partition === undefined ? kind : `${kind}@${partition}`;
}

export function kindsWrittenBy(role: Role): StateKindName[] {
  return namesWhere((kind) => kind.writtenBy.includes(role));
}

export function kindsReadBy(role: Role): StateKindName[] {
  return namesWhere((kind) => kind.readBy.includes(role));
}

function namesWhere(holds: (kind: StateKind) => boolean): StateKindName[] {
  return (Object.entries(STATE_KINDS) as [StateKindName, StateKind][])
    .filter(([, kind]) => holds(kind))
    .map(([name]) => name);
}
