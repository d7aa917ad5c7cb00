import { type CloudFormationClient, DescribeStacksCommand } from "@aws-sdk/client-cloudformation";
import { STACK_OUTPUTS } from "../core/stack-outputs.ts";

type OutputName = "tableName" | "warmFunctionName" | "gateFunctionName" | "topicArn";

/** The parts of the deployed stack that the CLI speaks to. */
export type StackOutputs = Readonly<Record<OutputName, string>>;

/** @throws Error naming the stack and the output that is missing */
export async function readStackOutputs(client: CloudFormationClient, stack: string): Promise<StackOutputs> {
  const { Stacks: stacks = [] } = await client.send(new DescribeStacksCommand({ StackName: stack }));
  const outputs = new Map(stacks[0]?.Outputs?.map(({ OutputKey: key, OutputValue: value }) => [key, value]));
  const output = (name: OutputName): string => {
    const value = outputs.get(STACK_OUTPUTS[name]);
    if (value === undefined) {
      throw new Error(`the stack ${stack} has no output ${STACK_OUTPUTS[name]}; deploy it with this release`);
    }
    return value;
  };
  return {
    tableName: output("tableName"),
    warmFunctionName: output("warmFunctionName"),
    gateFunctionName: output("gateFunctionName"),
    topicArn: output("topicArn"),
  };
}
