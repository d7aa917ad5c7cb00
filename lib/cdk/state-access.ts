import type { ITable } from "aws-cdk-lib/aws-dynamodb";
import {
  DUE_INDEX,
  kindsReadBy,
  kindsWrittenBy,
  type Role,
  type StateKindName,
  stateKey,
} from "../core/state-kinds.ts";
import type { Permission } from "./permission.ts";

interface Operations {
  readonly read: readonly string[];
  /** Of roles that read in other ways than most. */
  readonly readAs?: Partial<Record<Role, readonly string[]>>;
  readonly write: readonly string[];
  /** Roles that also read through the index of due times. */
  readonly byDue?: readonly Role[];
}

/** The DynamoDB operations with which each kind of item is read and written; a slow test finds the ones in vain. */
const OPERATIONS: Readonly<Record<StateKindName, Operations>> = {
  control: { read: ["GetItem"], write: ["PutItem"] },
  prefix: {
    read: ["Query"],
    readAs: { warm: ["Query", "BatchGetItem"] },
    write: ["PutItem", "BatchWriteItem"],
    byDue: ["warm", "monitor"],
  },
  plan: { read: ["GetItem"], write: ["PutItem"] },
  incident: { read: ["GetItem", "Query"], readAs: { monitor: ["GetItem"] }, write: ["PutItem"] },
  manifest: {
    read: ["GetItem", "Query"],
    readAs: { monitor: ["GetItem"] },
    write: ["PutItem", "BatchWriteItem"],
  },
  body: { read: ["BatchGetItem"], write: ["BatchWriteItem"] },
  gate: { read: ["GetItem"], write: ["PutItem"] },
  history: { read: ["GetItem"], write: ["PutItem"] },
  mark: { read: ["Query"], write: ["PutItem"] },
  usage: { read: ["Query"], write: ["PutItem"] },
};

/**
 * What a role may do with the table: per kind, as `STATE_KINDS` says, and only on that kind's partition keys, of those
 * partitions of the warmer that are its business.
 * `ForAllValues` also holds for a request without a key; none of these operations exists without one, and Scan
 * is granted to nobody.
 */
export function stateAccess(
  role: Role,
  table: ITable,
  partitions: readonly (string | undefined)[],
): Permission[] {
  const permission = (kind: StateKindName, operations: readonly string[], resourceArns: string[]) => ({
    actions: operations.map((operation) => `dynamodb:${operation}`),
    resourceArns,
    conditions: { "ForAllValues:StringLike": { "dynamodb:LeadingKeys": keysOf(kind, partitions) } },
  });
  const index = `${table.tableArn}/index/${DUE_INDEX}`;
  return [
    ...kindsReadBy(role).flatMap((kind) => {
      const { read, readAs, byDue } = OPERATIONS[kind];
      return [
        permission(kind, readAs?.[role] ?? read, [table.tableArn]),
        ...(byDue?.includes(role) ? [permission(kind, ["Query"], [index])] : []),
      ];
    }),
    ...kindsWrittenBy(role).map((kind) => permission(kind, OPERATIONS[kind].write, [table.tableArn])),
  ];
}

/** Reads single gates of all partitions: whoever answers last looks whether the others have. */
export function readGates(table: ITable, partitions: readonly string[]): Permission {
  return {
    actions: ["dynamodb:GetItem"],
    resourceArns: [table.tableArn],
    conditions: { "ForAllValues:StringLike": { "dynamodb:LeadingKeys": keysOf("gate", partitions) } },
  };
}

function keysOf(kind: StateKindName, partitions: readonly (string | undefined)[]): string[] {
  return partitions.flatMap((partition) => {
    const key = stateKey(kind, partition);
    return [key, `${key}#*`];
  });
}
