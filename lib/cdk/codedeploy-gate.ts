import { Policy, PolicyStatement, Role } from "aws-cdk-lib/aws-iam";
import { type IFunction, Function as LambdaFunction } from "aws-cdk-lib/aws-lambda";
import { Construct } from "constructs";
import { type HookSettings, hookDetails } from "./hook-settings.ts";
import type { PromptCacheWarmer } from "./prompt-cache-warmer.ts";
import { readGates } from "./state-access.ts";

export interface CodeDeployGateProps extends HookSettings {
  /** The warmer that keeps the application's prompts warm. */
  readonly warmer: PromptCacheWarmer;

  /**
   * The deployment group that waits for the gate: one for Lambda or for ECS, or an object with its ARN. The warmer
   * may answer its deployments and no others.
   */
  readonly deploymentGroup: { readonly deploymentGroupArn: string };
}

/** What the gates of CodeDeploy ask on each warmer, as JSON. */
const asked = new WeakMap<PromptCacheWarmer, string>();

/**
 * A gate for CodeDeploy: traffic waits until the candidate's prompts are warm. Give `hookFunction` to the hook
 * `BeforeAllowTraffic`: for Lambda with `group.addPreHook(gate.hookFunction)`; for ECS its name goes into the AppSpec
 * file, and the group's role must be allowed to call it: `gate.hookFunction.grantInvoke(group.role)`.
 */
export class CodeDeployGate extends Construct {
  /**
   * The warmer's gate function as this construct's stack sees it: what is granted to it stays in this stack, so that
   * the deployment group may live in another one than the warmer without a circle between the two.
   */
  readonly hookFunction: IFunction;

  /** @throws an error if another gate of CodeDeploy asks this warmer for something else */
  constructor(scope: Construct, id: string, props: CodeDeployGateProps) {
    super(scope, id);
    const { warmer, deploymentGroup, ...settings } = props;
    const { gateFunction, warmFunctions } = warmer;
    this.#settle(warmer, JSON.stringify(hookDetails(settings)));
    const gateRole = Role.fromRoleName(this, "GateRole", roleNameOf(gateFunction));
    const warmRoles = warmFunctions.map(({ partition, function: warm }) => {
      const id = partition === undefined ? "WarmRole" : `WarmRole-${partition}`;
      return Role.fromRoleName(this, id, roleNameOf(warm));
    });
    this.hookFunction = LambdaFunction.fromFunctionAttributes(this, "Hook", {
      functionArn: gateFunction.functionArn,
      role: gateRole,
      sameEnvironment: true,
    });
    new Policy(this, "Answer", {
      // The tick that answers a gate makes the callback; the gate function makes it for what it could not open.
      roles: [gateRole, ...warmRoles],
      statements: [
        new PolicyStatement({
          actions: ["codedeploy:PutLifecycleEventHookExecutionStatus"],
          resources: [deploymentGroup.deploymentGroupArn],
        }),
      ],
    });
    const partitions = warmer.config.partitions?.map(({ name }) => name);
    if (partitions === undefined) return;
    // One answer for all of them: a warm function looks whether the others have theirs.
    const siblings = new Policy(this, "Siblings", { roles: warmRoles });
    const { actions, resourceArns: resources, conditions } = readGates(warmer.table, partitions);
    siblings.addStatements(new PolicyStatement({ actions, resources, conditions }));
  }

  /** CodeDeploy's events carry two ids and nothing else: the settings stand in the function's environment. */
  #settle(warmer: PromptCacheWarmer, settings: string): void {
    const before = asked.get(warmer);
    if (before !== undefined && before !== settings) {
      throw new Error(
        `${this.node.path}: every CodeDeployGate of one warmer must have the same settings, since CodeDeploy's ` +
          `events carry none; got ${settings} beside ${before}`,
      );
    }
    asked.set(warmer, settings);
    if (settings !== "{}") warmer.gateFunction.addEnvironment("CODEDEPLOY_GATE", settings);
  }
}

function roleNameOf({ node, role }: IFunction): string {
  if (role === undefined) throw new Error(`${node.path} has no role`);
  return role.roleName;
}
