/** The record of every request that reached the endpoint: who asked which service for what, and when. */

/** Access key ids of the stack's functions begin with this; the logical id follows. */
const FUNCTION_KEY = "local-";
/** And those of its roles, for whoever acts in one. */
const ROLE_KEY = "role-";

export interface Call {
  /** Virtual instant of the request, milliseconds since the epoch. */
  readonly at: number;
  /** Logical id of the function that asked, or of the role, else the access key id in the request's signature. */
  readonly caller: string;
  /** Whether the caller is one of the stack's functions. */
  readonly byFunction: boolean;
  /** As in IAM action names: `ssm`, `cloudwatch`, `dynamodb`… */
  readonly service: string;
  readonly operation: string;
  /** Parameter name, table, topic, function, namespace or deployment, where the request says it. */
  readonly resource?: string;
}

export interface CallLog {
  /** The latest calls, oldest first, at most `limit`. */
  readonly calls: readonly Call[];
  record(call: Call): void;
}

/** @param limit how many calls are kept; the oldest go first. @default 100000 */
export function callLog(limit = 100_000): CallLog {
  const calls: Call[] = [];
  return {
    calls,
    record: (call) => {
      calls.push(call);
      if (calls.length > limit) calls.splice(0, calls.length - limit);
    },
  };
}

/** Credentials that let the endpoint tell the stack's functions apart. They open nothing. */
export function credentialsOf(logicalId: string): { accessKeyId: string; secretAccessKey: string } {
  return { accessKeyId: `${FUNCTION_KEY}${logicalId}`, secretAccessKey: "local" };
}

/** Credentials of somebody who acts in a role of the template, and may do what its policies allow. */
export function roleCredentialsOf(logicalId: string): { accessKeyId: string; secretAccessKey: string } {
  return { accessKeyId: `${ROLE_KEY}${logicalId}`, secretAccessKey: "local" };
}

/** The other way round: who signed with this access key id. */
export function callerOf(accessKeyId: string): Pick<Call, "caller" | "byFunction"> {
  const byFunction = accessKeyId.startsWith(FUNCTION_KEY);
  const prefix = [FUNCTION_KEY, ROLE_KEY].find((key) => accessKeyId.startsWith(key)) ?? "";
  return { byFunction, caller: accessKeyId.slice(prefix.length) };
}
