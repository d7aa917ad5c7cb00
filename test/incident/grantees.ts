/** Whoever uses a deployed warmer with no more rights than its `grant…` methods give. */
import { Role, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import { inject } from "vitest";
import { type OperatorPorts, openAsOperator } from "../../lib/aws/operator.ts";
import { CodeDeployGate } from "../../lib/cdk/codedeploy-gate.ts";
import type { PromptCacheWarmer } from "../../lib/cdk/prompt-cache-warmer.ts";
import { REGION } from "../../lib/local/account.ts";
import { roleCredentialsOf } from "../../lib/local/aws/calls.ts";
import type { Grant } from "../../lib/local/aws/role-policy.ts";
import { TEST_OPTIONS } from "../support/options.ts";
import { CONFIG, type World } from "../support/world.ts";
import { withOptions } from "./other-options.ts";

/** The deployment group whose gate is asked. */
export const GROUP = "arn:aws:codedeploy:us-east-1:123456789012:deploymentgroup:support/live";

const GIVES = {
  Publisher: (warmer, role) => warmer.grantPublish(role),
  Gatekeeper: (warmer, role) => warmer.grantGate(role),
  Flipper: (warmer, role) => warmer.grantFlip(role),
  Operator: (warmer, role) => warmer.grantOperate(role),
  Application: (warmer, role) => warmer.grantRecord(role),
} as const satisfies Record<string, (warmer: PromptCacheWarmer, role: Role) => unknown>;

export type Grantee = keyof typeof GIVES;
export const GRANTEES = Object.keys(GIVES) as Grantee[];

/** The stack with one role for each grant, and a gate of CodeDeploy. @returns the directory of an assembly */
export function withGrantees(): string {
  return withOptions(inject("assembly"), TEST_OPTIONS, (stack) => {
    const { warmer } = stack;
    new CodeDeployGate(stack, "Gate", { warmer, deploymentGroup: { deploymentGroupArn: GROUP } });
    for (const name of GRANTEES) {
      const role = new Role(stack, name, { assumedBy: new ServicePrincipal("ecs-tasks.amazonaws.com") });
      GIVES[name](warmer, role);
    }
  });
}

/** How a grantee's tools reach AWS. */
export function accessOf(world: World, grantee: Grantee) {
  const role = world.engine
    .template()
    .ofType("AWS::IAM::Role")
    .find(({ logicalId }) => logicalId.startsWith(grantee));
  if (role === undefined) throw new Error(`the stack has no role for ${grantee}`);
  return {
    endpoint: world.engine.url,
    region: REGION,
    credentials: roleCredentialsOf(role.logicalId),
  };
}

/** What a grantee has in its hands. */
export async function portsOf(world: World, grantee: Grantee): Promise<OperatorPorts> {
  const stack = inject("assembly").stack;
  const { clock } = world.warmer.operator;
  const [{ ports }] = await openAsOperator(CONFIG, stack, accessOf(world, grantee), clock);
  return ports;
}

/** A grant in words: `WarmerGate dynamodb:PutItem gate`. */
export function grantText({ role, action, resource, conditions }: Grant): string {
  const keys = Object.values(conditions).flatMap((values) => Object.values(values).map(([value]) => value));
  const what = keys.length > 0 ? keys.join(" ") : (resource.split(/[:/]/).at(-1) ?? "");
  const index = resource.includes("/index/") ? " by due time" : "";
  return `${role.replace(/(Role)?[0-9A-F]{8}$/, "")} ${action} ${what}${index}`;
}
