import {
  type CloudFormationClient,
  CreateStackCommand,
  DeleteStackCommand,
  waitUntilStackCreateComplete,
  waitUntilStackDeleteComplete,
} from "@aws-sdk/client-cloudformation";
import { type Denied, denial, type Statement } from "../denied.ts";

const WAIT_S = 30;

/**
 * Attaches a policy to roles, as a stack of its own: the warmer's stack stays as it was deployed.
 *
 * @param stack name of that stack and of the policy
 */
export async function attachPolicy(
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

/** Runs something while a role is denied something. */
export async function withoutPermission<T>(
  client: CloudFormationClient,
  role: string,
  denied: Denied,
  run: () => Promise<T>,
): Promise<T> {
  const stack = "without-permission";
  await attachPolicy(client, stack, [role], [denial(denied)]);
  const result = await run();
  await client.send(new DeleteStackCommand({ StackName: stack }));
  await waitUntilStackDeleteComplete(patient(client), { StackName: stack });
  return result;
}

// --- internal ---

function patient(client: CloudFormationClient) {
  return { client, maxWaitTime: WAIT_S, minDelay: 1, maxDelay: 1 };
}
