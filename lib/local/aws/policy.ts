/**
 * Resource policies, as far as a service principal is concerned: may CloudWatch publish to this topic, may
 * EventBridge put into this queue, may an alarm invoke this function. An explicit Deny wins; without a matching
 * Allow the answer is no. What a statement says in a form that is not modelled is refused, never read as no.
 */

import { coversAction, listOf, matches } from "./policy-text.ts";

/** One service asking to do one thing to one resource. */
export interface Access {
  /** For example `cloudwatch.amazonaws.com`. */
  readonly principal: string;
  /** For example `sns:Publish`. */
  readonly action: string;
  /** ARN of what is acted upon. */
  readonly resource: string;
  /** ARN of the alarm, rule or topic on whose behalf the service acts. */
  readonly sourceArn: string;
  readonly sourceAccount: string;
}

interface Statement {
  readonly Effect: "Allow" | "Deny";
  readonly Principal: "*" | Readonly<Record<string, string | readonly string[]>>;
  readonly Action: string | readonly string[];
  readonly Resource: string | readonly string[];
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

/** @param documents every policy document of the resource; their statements count together. */
export function allows(documents: readonly unknown[], access: Access): boolean {
  const statements = documents.flatMap((document) =>
    listOf((document as { Statement: Statement }).Statement),
  );
  const applying = statements.filter((statement) => applies(statement, access));
  return (
    applying.some((statement) => statement.Effect === "Allow") &&
    !applying.some((statement) => statement.Effect === "Deny")
  );
}

function applies(statement: Statement, access: Access): boolean {
  return (
    namesPrincipal(statement.Principal, access.principal) &&
    listOf(statement.Action).some((pattern) => coversAction(pattern, access.action)) &&
    listOf(statement.Resource).some((pattern) => matches(pattern, access.resource)) &&
    Object.entries(statement.Condition ?? {}).every(([operator, keys]) =>
      Object.entries(keys).every(([key, expected]) =>
        holds(operator, key, listOf(expected).map(String), access),
      ),
    )
  );
}

function namesPrincipal(principal: Statement["Principal"], service: string): boolean {
  if (principal === "*") return true;
  return Object.entries(principal).some(([kind, names]) =>
    listOf(names).some((name) => name === "*" || (kind === "Service" && name === service)),
  );
}

function holds(operator: string, key: string, expected: readonly string[], access: Access): boolean {
  const actual = contextOf(access)[key.toLowerCase()];
  if (actual === undefined)
    throw new Error(`A policy condition uses the key ${key}, which is not modelled here.`);
  switch (operator) {
    case "Bool":
    case "StringEquals":
      return expected.includes(actual);
    case "ArnEquals":
    case "ArnLike":
    case "StringLike":
      return expected.some((pattern) => matches(pattern, actual));
    default:
      throw new Error(`A policy condition uses the operator ${operator}, which is not modelled here.`);
  }
}

/** AWS services call one another over TLS, so `aws:SecureTransport` is true. */
function contextOf(access: Access): Readonly<Record<string, string>> {
  return {
    "aws:sourcearn": access.sourceArn,
    "aws:sourceaccount": access.sourceAccount,
    "aws:sourceowner": access.sourceAccount,
    "aws:securetransport": "true",
  };
}
