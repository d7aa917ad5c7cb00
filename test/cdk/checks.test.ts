import { readFileSync } from "node:fs";
import type { CfnTable } from "aws-cdk-lib/aws-dynamodb";
import { PolicyStatement } from "aws-cdk-lib/aws-iam";
import { App, Validations } from "aws-cdk-lib/core";
import { AwsSolutionsChecks } from "cdk-nag";
import { describe, expect, it } from "vitest";
import type { WarmerStack } from "../../lib/index.ts";
import { newStack, OPTIONS } from "./synthesize.ts";

/** Every optional part that can be made here. */
function fullStack(): WarmerStack {
  return newStack({
    notify: ["ops@example.com"],
    costGuardrails: { ...OPTIONS.costGuardrails, notifyOnLimit: "money@example.com" },
  });
}

/** Synthesizes with the built-in template validation and with cdk-nag's AwsSolutions; their errors are thrown. */
function checkedSynth(stack: WarmerStack): { readonly pluginReports: readonly unknown[] } {
  delete process.env["CDK_VALIDATION"];
  const app = App.of(stack) as App;
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  const { directory } = app.synth();
  return JSON.parse(readFileSync(`${directory}/validation-report.json`, "utf8"));
}

function acknowledgements(stack: WarmerStack): [path: string, rule: string, reason: string][] {
  return stack.node
    .findAll()
    .flatMap((construct) =>
      construct.node.metadata
        .filter(({ type }) => type === Validations.ACKNOWLEDGED_RULES_METADATA_KEY)
        .flatMap(({ data }) =>
          Object.entries(data as Record<string, string>).map(([rule, reason]): [string, string, string] => [
            construct.node.path,
            rule,
            reason,
          ]),
        ),
    );
}

describe("the checks at synth", () => {
  it("find nothing in the stack, not even a warning", () => {
    expect(checkedSynth(fullStack()).pluginReports).toEqual([]);
  });

  it("see a property that CloudFormation does not know, and a permission that is too wide", () => {
    const stack = fullStack();
    (stack.warmer.table.node.defaultChild as CfnTable).addPropertyOverride("Nonsense", true);
    stack.warmer.pauseFunction.addToRolePolicy(
      new PolicyStatement({ actions: ["sqs:SendMessage"], resources: ["*"] }),
    );
    const synth = () => checkedSynth(stack);
    expect(synth).toThrow(
      /'Nonsense' was unexpected[\s\S]*AwsSolutions-IAM5|AwsSolutions-IAM5[\s\S]*'Nonsense' was unexpected/,
    );
  });

  it("are answered in exactly these places, each with its reason", () => {
    const found = acknowledgements(fullStack());
    expect(found.map(([path, rule]) => [path, rule.replace("Annotation::", "")]).sort()).toEqual([
      ["support-prod-warmer/Warmer/FailureQueue", "AwsSolutions-SQS3"],
      ["support-prod-warmer/Warmer/MonitorRole", "AwsSolutions-IAM5[Resource::*]"],
      ["support-prod-warmer/Warmer/WarmRole", "AwsSolutions-IAM5[Resource::*]"],
    ]);
    for (const [, , reason] of found) expect(reason.split(" ").length).toBeGreaterThan(8);
  });
});
