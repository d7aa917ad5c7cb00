import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Template } from "aws-cdk-lib/assertions";
import { App, type Stack } from "aws-cdk-lib/core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import cdkJson from "../../cdk.json" with { type: "json" };
import { supportOnLambda } from "../../examples/codedeploy/app.ts";
import { supportOnEcs } from "../../examples/ecs-blue-green/app.ts";

const outdir = mkdtempSync(join(tmpdir(), "warmer-examples-"));
beforeAll(() => {
  // The built-in template validation costs seconds; cdk synth runs it.
  process.env["CDK_VALIDATION"] = "false";
});
afterAll(() => rmSync(outdir, { recursive: true }));

/** The example's template, without bundling. */
function templateOf(example: (app: App) => Stack): Template {
  const context = { ...cdkJson.context, "aws:cdk:bundling-stacks": [] };
  return Template.fromStack(example(new App({ outdir: join(outdir, example.name), context })));
}

describe("the example for", () => {
  it("CodeDeploy synthesizes, and its alias waits for the gate function", () => {
    const template = templateOf(supportOnLambda);
    const [alias] = Object.values(template.findResources("AWS::Lambda::Alias"));
    expect(JSON.stringify(alias?.["UpdatePolicy"])).toMatch(/BeforeAllowTrafficHook.*WarmerGate/);
    expect(Object.keys(template.findResources("AWS::CodeDeploy::DeploymentGroup"))).toHaveLength(1);
  });

  it("ECS synthesizes, and its service waits for the gate function after the test traffic", () => {
    const template = templateOf(supportOnEcs);
    const [service] = Object.values(template.findResources("AWS::ECS::Service"));
    expect(service?.["Properties"].DeploymentConfiguration).toMatchObject({
      Strategy: "BLUE_GREEN",
      LifecycleHooks: [
        {
          LifecycleStages: ["POST_TEST_TRAFFIC_SHIFT"],
          HookDetails: JSON.stringify({ timeoutSeconds: 300 }),
        },
      ],
    });
    expect(JSON.stringify(service)).toMatch(/"HookTargetArn":\{[^[]*WarmerGate/);
  });
});
