import {
  type CloudFormationClient,
  CreateStackCommand,
  DeleteStackCommand,
  DescribeStackResourcesCommand,
  GetTemplateCommand,
  waitUntilStackCreateComplete,
  waitUntilStackDeleteComplete,
} from "@aws-sdk/client-cloudformation";

interface Statement {
  readonly Effect: "Allow" | "Deny";
  readonly Action: string | readonly string[];
  readonly Resource: unknown;
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

interface PolicyResource {
  readonly Type: string;
  readonly Properties?: {
    readonly PolicyDocument?: { readonly Statement: readonly Statement[] };
    readonly Roles?: readonly { readonly Ref: string }[];
  };
}

/** The condition key that the emulator does not know: a statement that needs it never holds there. */
const UNKNOWN_KEY = "cloudwatch:namespace";

const WAIT_S = 30;

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
    await attach(client, `without-unknown-key-${i}`, roles, statements.map(withoutCondition));
  }
}

/** Runs something while a role is denied an action. */
export async function withoutPermission<T>(
  client: CloudFormationClient,
  role: string,
  action: string,
  run: () => Promise<T>,
): Promise<T> {
  const stack = "without-permission";
  await attach(client, stack, [role], [{ Effect: "Deny", Action: action, Resource: "*" }]);
  const result = await run();
  await client.send(new DeleteStackCommand({ StackName: stack }));
  await waitUntilStackDeleteComplete(patient(client), { StackName: stack });
  return result;
}

// --- internal ---

/** As a stack of its own, so that the warmer's stack stays as it was deployed. */
async function attach(
  client: CloudFormationClient,
  stack: string,
  roles: readonly string[],
  statements: readonly Statement[],
): Promise<void> {
  const document = { Version: "2012-10-17", Statement: statements };
  const properties = { PolicyName: stack, Roles: roles, PolicyDocument: document };
  const template = { Resources: { Policy: { Type: "AWS::IAM::Policy", Properties: properties } } };
  await client.send(
    new CreateStackCommand({
      StackName: stack,
      TemplateBody: JSON.stringify(template),
      Capabilities: ["CAPABILITY_IAM"],
    }),
  );
  await waitUntilStackCreateComplete(patient(client), { StackName: stack });
}

function patient(client: CloudFormationClient) {
  return { client, maxWaitTime: WAIT_S, minDelay: 1, maxDelay: 1 };
}

function needsUnknownKey({ Condition: condition = {} }: Statement): boolean {
  return Object.values(condition).some((keys) => UNKNOWN_KEY in keys);
}

function withoutCondition({ Condition: _, ...rest }: Statement): Statement {
  return rest;
}
