import { type CloudFormationClient, DescribeStacksCommand } from "@aws-sdk/client-cloudformation";

/** The parts of the deployed stack that the CLI speaks to. */
export interface StackOutputs {
  readonly TableName: string;
  readonly WarmFunctionName: string;
  readonly TopicArn: string;
}

const NAMES = ["TableName", "WarmFunctionName", "TopicArn"] as const;

/** @throws Error naming the stack and the output that is missing */
export async function readStackOutputs(client: CloudFormationClient, stack: string): Promise<StackOutputs> {
  const { Stacks: stacks = [] } = await client.send(new DescribeStacksCommand({ StackName: stack }));
  const outputs = new Map(stacks[0]?.Outputs?.map(({ OutputKey: key, OutputValue: value }) => [key, value]));
  const entries = NAMES.map((name) => {
    const value = outputs.get(name);
    if (value === undefined)
      throw new Error(`the stack ${stack} has no output ${name}; deploy it with this release`);
    return [name, value] as const;
  });
  return Object.fromEntries(entries) as unknown as StackOutputs;
}
