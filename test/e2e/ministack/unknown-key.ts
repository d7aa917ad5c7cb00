import {
  type CloudFormationClient,
  DescribeStackResourcesCommand,
  GetTemplateCommand,
} from "@aws-sdk/client-cloudformation";
import type { Statement } from "../denied.ts";
import { attachPolicy } from "../emulator/role-policies.ts";

interface PolicyResource {
  readonly Type: string;
  readonly Properties?: {
    readonly PolicyDocument?: { readonly Statement: readonly Statement[] };
    readonly Roles?: readonly { readonly Ref: string }[];
  };
}

/** The condition key that the emulator does not know: a statement that needs it never holds there. */
const UNKNOWN_KEY = "cloudwatch:namespace";

/**
 * Gives the roles of a stack the statements again that name {@link UNKNOWN_KEY}, without their condition. Nothing
 * else is given: every other call of the functions is checked against the deployed policies.
 */
export async function grantWithoutUnknownKey(client: CloudFormationClient, stack: string): Promise<void> {
  const [{ TemplateBody: body = "" }, { StackResources: resources = [] }] = await Promise.all([
    client.send(new GetTemplateCommand({ StackName: stack })),
    client.send(new DescribeStackResourcesCommand({ StackName: stack })),
  ]);
  const template = JSON.parse(body) as { readonly Resources: Readonly<Record<string, PolicyResource>> };
  const names = new Map(
    resources.map((resource) => [resource.LogicalResourceId, resource.PhysicalResourceId]),
  );
  const policies = Object.values(template.Resources).filter(({ Type }) => Type === "AWS::IAM::Policy");
  for (const [i, { Properties: properties }] of policies.entries()) {
    const statements = properties?.PolicyDocument?.Statement.filter(needsUnknownKey) ?? [];
    if (statements.length === 0) continue;
    const roles = (properties?.Roles ?? []).map(({ Ref: id }) => names.get(id) ?? id);
    await attachPolicy(client, `without-unknown-key-${i}`, roles, statements.map(withoutCondition));
  }
}

// --- internal ---

function needsUnknownKey({ Condition: condition = {} }: Statement): boolean {
  return Object.values(condition).some((keys) => UNKNOWN_KEY in keys);
}

function withoutCondition({ Condition: _, ...rest }: Statement): Statement {
  return rest;
}
