/**
 * Policies of roles, as far as the stack's own use them: Allow and Deny, actions and resources by pattern or by what
 * they are not, and conditions on the keys below. An explicit Deny wins; without a matching Allow the answer is no.
 * What a statement says in a form that is not modelled is refused when it is deployed, never read as no.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html, read 2026-11
 */
import * as z from "zod/mini";
import { coversAction, listOf, matches } from "./policy-text.ts";

/** One thing that a caller asks to do to one resource. */
export interface AccessRequest {
  /** For example `dynamodb:GetItem`. */
  readonly action: string;
  /** ARN of what is acted upon; `*` where the action knows no resources. */
  readonly resource: string;
  /** Values of condition keys, each key in lower case; a key that the request does not have is left out. */
  readonly context: Readonly<Record<string, readonly string[]>>;
}

/** One action on one resource that one statement allows, as the statement writes them, and how often it was used. */
export interface Grant {
  /** Logical id of the role. */
  readonly role: string;
  readonly action: string;
  readonly resource: string;
  /** The statement's conditions as they are; empty without any. */
  readonly conditions: Conditions;
  uses: number;
}

/** Values by condition key, by operator. */
type Conditions = Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;

export interface Statement {
  readonly denies: boolean;
  readonly actions: Selection;
  readonly resources: Selection;
  readonly conditions: Conditions;
  /** What it allows, each action with each resource; none of a Deny. */
  readonly grants: readonly Grant[];
}

/** What is listed, or everything but what is listed. */
interface Selection {
  readonly patterns: readonly string[];
  readonly inverted: boolean;
}

export type Verdict = "allowed" | "explicitly denied" | "not allowed";

/** The keys that the endpoint gives a value to, or that no request here can have: KMS is not modelled. */
const KEYS = new Set([
  "cloudwatch:namespace",
  "dynamodb:leadingkeys",
  "ssm:overwrite",
  "kms:viaservice",
  "kms:encryptioncontext:parameter_arn",
]);

/** How one operator compares the values of a request with those of a policy. */
const OPERATORS: Readonly<
  Record<string, (actual: readonly string[], expected: readonly string[]) => boolean>
> = {
  StringEquals: (actual, expected) => actual.length > 0 && actual.every((value) => expected.includes(value)),
  StringLike: (actual, expected) =>
    actual.length > 0 && actual.every((value) => someMatches(expected, value)),
  // True as well for a request that has no value at all.
  "ForAllValues:StringEquals": (actual, expected) => actual.every((value) => expected.includes(value)),
  "ForAllValues:StringLike": (actual, expected) => actual.every((value) => someMatches(expected, value)),
};

const texts = z.union([z.string(), z.array(z.string())]);
const statementShape = z.strictObject({
  Sid: z.optional(z.string()),
  Effect: z.enum(["Allow", "Deny"]),
  Action: z.optional(texts),
  NotAction: z.optional(texts),
  Resource: z.optional(texts),
  NotResource: z.optional(texts),
  Condition: z._default(z.record(z.string(), z.record(z.string(), texts)), {}),
});
const documentShape = z.strictObject({ Version: z.literal("2012-10-17"), Statement: z.unknown() });

/**
 * @param document the policy, intrinsic functions resolved
 * @param place what to name in an error
 * @throws for everything in it that is not modelled
 */
export function readPolicy(document: unknown, role: string, place: string): Statement[] {
  const { Statement: statements } = parse(documentShape, document, place);
  return listOf<unknown>(statements).map((raw) => {
    const statement = parse(statementShape, raw, place);
    const { Effect: effect, Condition: condition } = statement;
    const actions = selection(statement.Action, statement.NotAction, `${place}: Action or NotAction`);
    const resources = selection(
      statement.Resource,
      statement.NotResource,
      `${place}: Resource or NotResource`,
    );
    const conditions = readConditions(condition, place);
    const granted = (action: string) =>
      resources.patterns.map((resource) => ({ role, action, resource, conditions, uses: 0 }));
    if (effect === "Allow" && (actions.inverted || resources.inverted))
      throw new Error(`${place}: a statement allows everything but what it names, which no role here may.`);
    return {
      denies: effect === "Deny",
      actions,
      resources,
      conditions,
      grants: effect === "Deny" ? [] : actions.patterns.flatMap(granted),
    };
  });
}

/** Judges a request by all statements of a role, and counts the grants that an allowed one rests on. */
export function judge(statements: readonly Statement[], request: AccessRequest): Verdict {
  const applying = statements.filter((statement) => applies(statement, request));
  if (applying.some(({ denies }) => denies)) return "explicitly denied";
  const used = applying.flatMap(({ grants }) =>
    grants.filter(
      ({ action, resource }) => coversAction(action, request.action) && matches(resource, request.resource),
    ),
  );
  for (const grant of used) grant.uses += 1;
  return used.length > 0 ? "allowed" : "not allowed";
}

// --- internal ---

function parse<T extends z.ZodMiniType>(shape: T, value: unknown, place: string): z.infer<T> {
  const parsed = shape.safeParse(value);
  if (parsed.success) return parsed.data;
  const what = parsed.error.issues.map((issue) =>
    issue.code === "unrecognized_keys" ? issue.keys.join(", ") : `${issue.path.join(".")}: ${issue.message}`,
  );
  throw new Error(`${place}: a policy is in a form that is not modelled here: ${what.join("; ")}.`);
}

function selection(named: string | string[] | undefined, others: typeof named, place: string): Selection {
  const patterns = named ?? others;
  if (patterns === undefined || (named !== undefined && others !== undefined))
    throw new Error(`${place}: a statement must have exactly one of the two.`);
  return { patterns: listOf(patterns), inverted: named === undefined };
}

function readConditions(
  condition: Record<string, Record<string, string | string[]>>,
  place: string,
): Conditions {
  return Object.fromEntries(
    Object.entries(condition).map(([operator, keys]) => {
      if (!Object.hasOwn(OPERATORS, operator))
        throw new Error(`${place}: a condition uses the operator ${operator}, which is not modelled here.`);
      const unknown = Object.keys(keys).find((key) => !KEYS.has(key.toLowerCase()));
      if (unknown !== undefined)
        throw new Error(`${place}: a condition uses the key ${unknown}, which is not modelled here.`);
      return [
        operator,
        Object.fromEntries(Object.entries(keys).map(([key, values]) => [key, listOf(values)])),
      ];
    }),
  );
}

function applies({ actions, resources, conditions }: Statement, request: AccessRequest): boolean {
  return (
    actions.patterns.some((pattern) => coversAction(pattern, request.action)) !== actions.inverted &&
    someMatches(resources.patterns, request.resource) !== resources.inverted &&
    Object.entries(conditions).every(([operator, keys]) =>
      Object.entries(keys).every(([key, expected]) =>
        OPERATORS[operator]?.(request.context[key.toLowerCase()] ?? [], expected),
      ),
    )
  );
}

function someMatches(patterns: readonly string[], value: string): boolean {
  return patterns.some((pattern) => matches(pattern, value));
}
