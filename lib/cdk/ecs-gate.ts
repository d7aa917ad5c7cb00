import {
  type BaseService,
  CfnService,
  type DeploymentLifecycleHookTargetConfig,
  DeploymentLifecycleStage,
  type IDeploymentLifecycleHookTarget,
} from "aws-cdk-lib/aws-ecs";
import { Role, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import { Aspects, Stack } from "aws-cdk-lib/core";
import { Construct } from "constructs";
import { ECS_STAGE } from "../core/release/gate-event.ts";
import { type HookSettings, hookDetails } from "./hook-settings.ts";
import { grantAll, invoke } from "./permission.ts";
import type { PromptCacheWarmer } from "./prompt-cache-warmer.ts";

export interface EcsGateProps extends HookSettings {
  /** The warmer that keeps the application's prompts warm. */
  readonly warmer: PromptCacheWarmer;

  /** The service whose blue/green deployments wait for the gate. */
  readonly service: BaseService;
}

/**
 * A gate for blue/green deployments of ECS: when the test traffic is on the new revision, production traffic waits
 * until the candidate's prompts are warm.
 */
export class EcsGate extends Construct implements IDeploymentLifecycleHookTarget {
  /** What ECS calls the gate function with. */
  readonly role: Role;

  readonly #functionArn: string;

  constructor(scope: Construct, id: string, props: EcsGateProps) {
    super(scope, id);
    const { warmer, service, ...settings } = props;
    this.#functionArn = warmer.gateFunction.functionArn;
    this.role = new Role(this, "Role", { assumedBy: new ServicePrincipal("ecs.amazonaws.com") });
    grantAll(this.role, [invoke(this.#functionArn)]);
    service.addLifecycleHook(this);
    const details = JSON.stringify(hookDetails(settings));
    if (details !== "{}") this.#addDetails(service, details);
  }

  /** @internal called by the service */
  bind(): DeploymentLifecycleHookTargetConfig {
    return {
      targetArn: this.#functionArn,
      role: this.role,
      lifecycleStages: [DeploymentLifecycleStage[ECS_STAGE]],
    };
  }

  /**
   * A hook's details have no place in `DeploymentLifecycleHookTargetConfig` (aws-cdk-lib 2.276.0), so they are added to
   * the finished list of hooks, whatever stands before this one. CloudFormation takes them as the JSON of an object.
   */
  #addDetails(service: BaseService, details: string): void {
    const target = Stack.of(this).resolve(this.role.roleArn);
    Aspects.of(service).add({
      visit: (node) => {
        if (!(node instanceof CfnService)) return;
        const configuration = Stack.of(node).resolve(node.deploymentConfiguration) as Hooks | undefined;
        const hooks = configuration?.lifecycleHooks ?? [];
        const index = hooks.findIndex(({ roleArn }) => JSON.stringify(roleArn) === JSON.stringify(target));
        if (index < 0) throw new Error(`${this.node.path}: ${node.node.path} does not list its hook`);
        node.addPropertyOverride(`DeploymentConfiguration.LifecycleHooks.${index}.HookDetails`, details);
      },
    });
  }
}

interface Hooks {
  readonly lifecycleHooks?: readonly { readonly roleArn: unknown }[];
}
