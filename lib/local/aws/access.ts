/**
 * Who may do what: the policies of the deployed template, held against every call of its functions and roles. Callers
 * that the template does not know act as the account's administrator, and so does a function whose role is not in it.
 */
import { ACCOUNT } from "../account.ts";
import type { ResolvedTemplate, Resource } from "../template.ts";
import { AwsError } from "./aws-error.ts";
import { type AccessRequest, type Grant, judge, readPolicy, type Statement } from "./role-policy.ts";

/** A call that a policy of the template refused. */
export interface Denial extends AccessRequest {
  /** Virtual instant of the call, milliseconds since the epoch. */
  readonly at: number;
  /** Logical id of the function or role. */
  readonly caller: string;
}

export interface Access {
  /** @throws for a policy of the template that is not modelled. */
  deploy(template: ResolvedTemplate): void;
  /** Whether a caller's calls are looked at. @param caller logical id, or an access key id */
  isHeld(caller: string): boolean;
  /** @returns the error that refuses them if one of the requests is not allowed, else undefined. */
  refusal(caller: string, requests: readonly AccessRequest[], at: number): AwsError | undefined;
  /** What the template allows its roles, with the number of calls that each grant has let through. */
  grants(): readonly Grant[];
  /** The calls refused since the last look, oldest first, at most the latest 1000. */
  takeDenials(): readonly Denial[];
}

const MAX_DENIALS = 1_000;

export function createAccess(): Access {
  let roles: ReadonlyMap<string, readonly Statement[]> = new Map();
  /** The role of each function and of each role itself, by logical id. */
  let roleOf: ReadonlyMap<string, string> = new Map();
  const denials: Denial[] = [];

  return {
    takeDenials: () => denials.splice(0),
    grants: () => [...roles.values()].flatMap((statements) => statements.flatMap(({ grants }) => grants)),
    deploy: (template) => {
      const known = template.ofType("AWS::IAM::Role");
      const byArn = new Map(known.map(({ logicalId, identity }) => [identity["Arn"], logicalId]));
      roles = new Map(known.map((role) => [role.logicalId, statementsOf(role, template)]));
      roleOf = new Map([
        ...known.map(({ logicalId }) => [logicalId, logicalId] as const),
        ...template.ofType("AWS::Lambda::Function").flatMap(({ logicalId, properties }) => {
          const role = byArn.get(properties.Role);
          return role === undefined ? [] : [[logicalId, role] as const];
        }),
      ]);
    },
    isHeld: (caller) => roleOf.has(caller),
    refusal: (caller, requests, at) => {
      const role = roleOf.get(caller);
      if (role === undefined) return undefined;
      for (const request of requests) {
        const verdict = judge(roles.get(role) ?? [], request);
        if (verdict === "allowed") continue;
        denials.push({ ...request, at, caller });
        if (denials.length > MAX_DENIALS) denials.shift();
        const because =
          verdict === "explicitly denied"
            ? "with an explicit deny in an identity-based policy"
            : `because no identity-based policy allows the ${request.action} action`;
        const user = `arn:aws:sts::${ACCOUNT}:assumed-role/${role}/${caller}`;
        return accessDenied(
          request.action,
          `User: ${user} is not authorized to perform: ${request.action} on resource: ${request.resource} ${because}`,
        );
      }
      return undefined;
    },
  };
}

/** The error as the service of an action answers it: those of the former Query protocol keep their codes. */
export function accessDenied(action: string, message: string): AwsError {
  const [service = ""] = action.split(":");
  const codes: Readonly<Record<string, string>> = {
    cloudwatch: "AccessDenied",
    cloudformation: "AccessDenied",
    sns: "AuthorizationError",
  };
  const status = service in codes || service === "lambda" ? 403 : 400;
  return new AwsError(codes[service] ?? "AccessDeniedException", message, status);
}

function statementsOf(role: Resource<"AWS::IAM::Role">, template: ResolvedTemplate): Statement[] {
  const { logicalId, name, properties } = role;
  const attached = template
    .ofType("AWS::IAM::Policy")
    .filter(({ properties: { Roles: names } }) => names.includes(name))
    .map((policy) => [policy.logicalId, policy.properties.PolicyDocument] as const);
  const inline = properties.Policies.map(
    ({ PolicyName, PolicyDocument }) => [PolicyName, PolicyDocument] as const,
  );
  const [managed] = properties.ManagedPolicyArns ?? [];
  if (managed !== undefined)
    throw new Error(
      `${logicalId}: the local engine does not know what the managed policy ${managed} allows.`,
    );
  return [...inline, ...attached].flatMap(([place, document]) =>
    readPolicy(document, logicalId, `${logicalId}, ${place}`),
  );
}
