import { createHash } from "node:crypto";
import { CfnOutput, Stack } from "aws-cdk-lib/core";
import { STACK_OUTPUTS } from "../core/stack-outputs.ts";
import { namesOf } from "./functions.ts";
import type { PromptCacheWarmer } from "./prompt-cache-warmer.ts";

/** Writes the outputs of {@link STACK_OUTPUTS} under exactly these keys. */
export function createOutputs(warmer: PromptCacheWarmer): void {
  const { config, table, warmFunctions, gateFunction, alarmTopic } = warmer;
  const values: Record<keyof typeof STACK_OUTPUTS, string> = {
    tableName: table.tableName,
    warmFunctionName: namesOf(warmFunctions),
    gateFunctionName: gateFunction.functionName,
    topicArn: alarmTopic.topicArn,
    liveColorParameter: config.liveColorParameter,
    configDigest: createHash("sha256").update(JSON.stringify(config)).digest("hex"),
  };
  for (const [name, value] of Object.entries(values) as [keyof typeof STACK_OUTPUTS, string][]) {
    new CfnOutput(Stack.of(warmer), STACK_OUTPUTS[name], { value });
  }
}
