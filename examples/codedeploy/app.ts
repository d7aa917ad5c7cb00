import { LambdaDeploymentConfig, LambdaDeploymentGroup } from "aws-cdk-lib/aws-codedeploy";
import { Alias, Code, Function as LambdaFunction, Runtime } from "aws-cdk-lib/aws-lambda";
import { App, Duration, Stack } from "aws-cdk-lib/core";
import { CodeDeployGate, WarmerStack } from "../../lib/index.ts";
import options from "../../warmer.config.ts";

/** An application on Lambda whose new version gets traffic when its prompts are warm. */
export function supportOnLambda(app: App): Stack {
  const { warmer } = new WarmerStack(app, "Warmer", { warmer: options });
  const stack = new Stack(app, "Support");

  const agent = new LambdaFunction(stack, "Agent", {
    runtime: Runtime.NODEJS_24_X,
    handler: "index.handler",
    code: Code.fromInline('exports.handler = async () => "the agent that calls the model";'),
    timeout: Duration.minutes(1),
  });
  const group = new LambdaDeploymentGroup(stack, "Releases", {
    alias: new Alias(stack, "Live", { aliasName: "live", version: agent.currentVersion }),
    deploymentConfig: LambdaDeploymentConfig.ALL_AT_ONCE,
  });

  const gate = new CodeDeployGate(stack, "Gate", { warmer, deploymentGroup: group });
  group.addPreHook(gate.hookFunction);
  warmer.grantRecord(agent);
  return stack;
}

if (process.argv[1]?.endsWith("codedeploy/app.ts")) supportOnLambda(new App());
