import { EcsApplication, LambdaDeploymentGroup } from "aws-cdk-lib/aws-codedeploy";
import { Vpc } from "aws-cdk-lib/aws-ec2";
import {
  Cluster,
  ContainerImage,
  DeploymentLifecycleLambdaTarget,
  DeploymentLifecycleStage,
  DeploymentStrategy,
  FargateService,
  FargateTaskDefinition,
} from "aws-cdk-lib/aws-ecs";
import { Alias, Code, Function as LambdaFunction, Runtime } from "aws-cdk-lib/aws-lambda";
import { Duration, Stack } from "aws-cdk-lib/core";
import { describe, expect, it } from "vitest";
import { parseGateEvent } from "../../lib/core/release/gate-event.ts";
import { CodeDeployGate, EcsGate, PromptCacheWarmer, WarmerStack } from "../../lib/index.ts";
import { newApp, OPTIONS, only, propertiesOf, type SynthesizedTemplate, templateOf } from "./synthesize.ts";

const GROUP_ARN = "arn:aws:codedeploy:eu-west-1:123456789012:deploymentgroup:support/live";
const ANSWER = "codedeploy:PutLifecycleEventHookExecutionStatus";

/** A warmer in the same stack as what it answers. */
function aWarmer(): { readonly stack: Stack; readonly warmer: PromptCacheWarmer } {
  const stack = new Stack(newApp(), "support");
  return { stack, warmer: new PromptCacheWarmer(stack, "Warmer", OPTIONS) };
}

/** Which roles may answer which deployment groups. */
function answers(template: SynthesizedTemplate): [roles: string[], groups: string][] {
  return Object.values(propertiesOf(template, "AWS::IAM::Policy")).flatMap(({ Roles, PolicyDocument }) =>
    PolicyDocument.Statement.filter(({ Action }) => Action === ANSWER).map(
      ({ Resource }): [string[], string] => [
        Roles.map((role) => /Warmer(Gate|Warm)Role/.exec(JSON.stringify(role))?.[0] ?? "?"),
        String(Resource),
      ],
    ),
  );
}

const environmentOfGate = (template: SynthesizedTemplate) =>
  only(propertiesOf(template, "AWS::Lambda::Function"), "WarmerGate").Environment.Variables;

describe("a warmer without a hook", () => {
  it("may answer no deployment", () => {
    expect(answers(templateOf(aWarmer().stack))).toEqual([]);
  });
});

describe("CodeDeployGate", () => {
  it("lets the gate function and the tick answer this deployment group's deployments, and no others", () => {
    const { stack, warmer } = aWarmer();
    new CodeDeployGate(stack, "Gate", { warmer, deploymentGroup: { deploymentGroupArn: GROUP_ARN } });
    expect(answers(templateOf(stack))).toEqual([[["WarmerGateRole", "WarmerWarmRole"], GROUP_ARN]]);
  });

  it("asks what the warmer's options say, unless it says something itself", () => {
    const { stack, warmer } = aWarmer();
    new CodeDeployGate(stack, "Gate", { warmer, deploymentGroup: { deploymentGroupArn: GROUP_ARN } });
    expect(environmentOfGate(templateOf(stack))).not.toHaveProperty("CODEDEPLOY_GATE");

    const other = aWarmer();
    new CodeDeployGate(other.stack, "Gate", {
      warmer: other.warmer,
      deploymentGroup: { deploymentGroupArn: GROUP_ARN },
      color: "green",
      timeout: Duration.minutes(20),
      failDeployment: true,
    });
    expect(JSON.parse(environmentOfGate(templateOf(other.stack))["CODEDEPLOY_GATE"] ?? "")).toEqual({
      color: "green",
      timeoutSeconds: 1_200,
      failDeployment: true,
    });
  });

  it("is refused beside one with other settings, since the events cannot tell them apart", () => {
    const { stack, warmer } = aWarmer();
    const deploymentGroup = { deploymentGroupArn: GROUP_ARN };
    new CodeDeployGate(stack, "A", { warmer, deploymentGroup, minCoverage: 0.9 });
    new CodeDeployGate(stack, "B", { warmer, deploymentGroup, minCoverage: 0.9 });
    expect(() => new CodeDeployGate(stack, "C", { warmer, deploymentGroup })).toThrow(
      /^support\/C: every CodeDeployGate of one warmer must have the same settings.*got {} beside {"minCoverage":0.9}$/,
    );
  });

  it("is the hook of a group in another stack, which needs the warmer's stack and is not needed by it", () => {
    const app = newApp();
    const { warmer } = new WarmerStack(app, "Warmer", { warmer: OPTIONS });
    const stack = new Stack(app, "Agent");
    const agent = new LambdaFunction(stack, "Agent", {
      runtime: Runtime.NODEJS_24_X,
      handler: "index.handler",
      code: Code.fromInline("exports.handler = async () => {};"),
    });
    const alias = new Alias(stack, "Live", { aliasName: "live", version: agent.currentVersion });
    const group = new LambdaDeploymentGroup(stack, "Group", { alias });
    const gate = new CodeDeployGate(stack, "Gate", { warmer, deploymentGroup: group });
    group.addPreHook(gate.hookFunction);

    const template = templateOf(stack);
    expect(answers(template).map(([roles]) => roles)).toContainEqual(["WarmerGateRole", "WarmerWarmRole"]);
    for (const [, resource] of answers(template)) expect(resource).toContain("deploymentgroup:");
    expect(Stack.of(warmer).dependencies).toEqual([]);
    expect(answers(templateOf(Stack.of(warmer)))).toEqual([]);
  });

  it("takes a group for ECS as well", () => {
    const { stack, warmer } = aWarmer();
    const application = new EcsApplication(stack, "Application");
    const deploymentGroup = { deploymentGroupArn: `${application.applicationArn}/live` };
    new CodeDeployGate(stack, "Gate", { warmer, deploymentGroup });
    expect(answers(templateOf(stack))).toHaveLength(1);
  });
});

describe("EcsGate", () => {
  function aService(stack: Stack): FargateService {
    const taskDefinition = new FargateTaskDefinition(stack, "Task");
    taskDefinition.addContainer("agent", { image: ContainerImage.fromRegistry("agent") });
    return new FargateService(stack, "Service", {
      cluster: new Cluster(stack, "Cluster", { vpc: new Vpc(stack, "Vpc", { maxAzs: 2 }) }),
      taskDefinition,
      deploymentStrategy: DeploymentStrategy.BLUE_GREEN,
      minHealthyPercent: 100,
      circuitBreaker: { rollback: true },
    });
  }

  function hooksOf({ Resources }: SynthesizedTemplate): Record<string, unknown>[] {
    return Object.values(Resources).flatMap(({ Type, Properties }) => {
      if (Type !== "AWS::ECS::Service") return [];
      const { DeploymentConfiguration } = Properties as {
        DeploymentConfiguration: { LifecycleHooks: Record<string, unknown>[] };
      };
      return DeploymentConfiguration.LifecycleHooks;
    });
  }

  it("is called after the test traffic has moved, by a role that may call it and do nothing else", () => {
    const { stack, warmer } = aWarmer();
    new EcsGate(stack, "Gate", { warmer, service: aService(stack) });
    const template = templateOf(stack);
    const gate = Object.keys(propertiesOf(template, "AWS::Lambda::Function")).find((id) =>
      id.startsWith("WarmerGate"),
    );
    const [hook, ...others] = hooksOf(template);
    expect(others).toEqual([]);
    expect(hook).toEqual({
      HookTargetArn: `<${gate}.Arn>`,
      LifecycleStages: ["POST_TEST_TRAFFIC_SHIFT"],
      RoleArn: expect.stringMatching(/^<GateRole/),
    });
    const policies = Object.values(propertiesOf(template, "AWS::IAM::Policy")).filter(({ Roles }) =>
      Roles.some((role) => role.startsWith("<GateRole")),
    );
    expect(policies.flatMap(({ PolicyDocument }) => PolicyDocument.Statement)).toEqual([
      { Action: "lambda:InvokeFunction", Effect: "Allow", Resource: `<${gate}.Arn>` },
    ]);
  });

  it("sends its own settings as its hook's details, whatever hook stands before it, and they are understood", () => {
    const { stack, warmer } = aWarmer();
    const service = aService(stack);
    service.addLifecycleHook(
      new DeploymentLifecycleLambdaTarget(warmer.pauseFunction, "Other", {
        lifecycleStages: [DeploymentLifecycleStage.POST_SCALE_UP],
      }),
    );
    new EcsGate(stack, "Gate", { warmer, service, color: "green", minCoverage: 0.95, failDeployment: true });
    const [other, hook] = hooksOf(templateOf(stack));
    expect(other).not.toHaveProperty("HookDetails");
    const settings = { color: "green", minCoverage: 0.95, failDeployment: true };
    expect(JSON.parse(String(hook?.["HookDetails"]))).toEqual(settings);
    const event = {
      lifecycleStage: "POST_TEST_TRAFFIC_SHIFT",
      resourceArn: "arn:aws:ecs:eu-west-1:123456789012:service-deployment/c/s/1",
      hookDetails: hook?.["HookDetails"],
    };
    expect(parseGateEvent(event)).toMatchObject({ kind: "ecs", settings });
  });
});
