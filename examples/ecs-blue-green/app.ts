import { Port, Vpc } from "aws-cdk-lib/aws-ec2";
import {
  AlternateTarget,
  Cluster,
  ContainerImage,
  DeploymentStrategy,
  FargateService,
  FargateTaskDefinition,
  ListenerRuleConfiguration,
} from "aws-cdk-lib/aws-ecs";
import {
  ApplicationListenerRule,
  ApplicationLoadBalancer,
  ApplicationProtocol,
  ApplicationTargetGroup,
  ListenerAction,
  ListenerCondition,
  TargetType,
} from "aws-cdk-lib/aws-elasticloadbalancingv2";
import { App, Duration, Stack } from "aws-cdk-lib/core";
import { EcsGate, WarmerStack } from "../../lib/index.ts";
import options from "../../warmer.config.ts";

/** An application on ECS whose new revision gets production traffic when its prompts are warm. */
export function supportOnEcs(app: App): Stack {
  const { warmer } = new WarmerStack(app, "Warmer", { warmer: options });
  const stack = new Stack(app, "Support");

  const cluster = new Cluster(stack, "Cluster", { vpc: new Vpc(stack, "Vpc", { maxAzs: 2 }) });
  const taskDefinition = new FargateTaskDefinition(stack, "Agent");
  const container = taskDefinition.addContainer("agent", {
    image: ContainerImage.fromRegistry("public.ecr.aws/docker/library/httpd:2.4"),
    portMappings: [{ containerPort: 80 }],
  });
  const service = new FargateService(stack, "Service", {
    cluster,
    taskDefinition,
    deploymentStrategy: DeploymentStrategy.BLUE_GREEN,
    bakeTime: Duration.minutes(5),
    minHealthyPercent: 100,
    circuitBreaker: { rollback: true },
  });

  const balancer = new ApplicationLoadBalancer(stack, "Balancer", { vpc: cluster.vpc, internetFacing: true });
  const [blue, green] = ["Blue", "Green"].map(
    (id) => new ApplicationTargetGroup(stack, id, { vpc: cluster.vpc, port: 80, targetType: TargetType.IP }),
  ) as [ApplicationTargetGroup, ApplicationTargetGroup];
  const ruleOn = (id: string, port: number) =>
    new ApplicationListenerRule(stack, `${id}Rule`, {
      listener: balancer.addListener(id, {
        port,
        protocol: ApplicationProtocol.HTTP,
        defaultAction: ListenerAction.fixedResponse(404),
      }),
      priority: 1,
      conditions: [ListenerCondition.pathPatterns(["/*"])],
      action: ListenerAction.forward([blue]),
    });
  blue.addTarget(
    service.loadBalancerTarget({
      containerName: container.containerName,
      containerPort: 80,
      alternateTarget: new AlternateTarget("Alternate", {
        alternateTargetGroup: green,
        productionListener: ListenerRuleConfiguration.applicationListenerRule(ruleOn("Production", 80)),
        testListener: ListenerRuleConfiguration.applicationListenerRule(ruleOn("Test", 8080)),
      }),
    }),
  );
  service.connections.allowFrom(balancer, Port.tcp(80));

  new EcsGate(stack, "Gate", { warmer, service, timeout: Duration.minutes(5) });
  warmer.grantRecord(taskDefinition.taskRole);
  return stack;
}

if (process.argv[1]?.endsWith("ecs-blue-green/app.ts")) supportOnEcs(new App());
