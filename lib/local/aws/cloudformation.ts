/** What an operator's tools ask CloudFormation: where is what this stack made. */
import type {
  DescribeStackResourcesInput,
  DescribeStackResourcesOutput,
  DescribeStacksInput,
  DescribeStacksOutput,
} from "@aws-sdk/client-cloudformation";
import { type ResolvedTemplate, stackId } from "../template.ts";
import { AwsError } from "./aws-error.ts";
import { type Handlers, handler } from "./handler.ts";

export interface CloudFormation {
  readonly handlers: Handlers;
  deploy(template: ResolvedTemplate, at: number): void;
}

export function createCloudFormation(): CloudFormation {
  let current: { template: ResolvedTemplate; createdAt: number; updatedAt: number | undefined } | undefined;

  const stack = (asked: string | undefined) => {
    const names = current === undefined ? [] : [current.template.stack, stackId(current.template.stack)];
    if (current !== undefined && (asked === undefined || names.includes(asked))) return current;
    throw new AwsError("ValidationError", `Stack with id ${asked ?? ""} does not exist`);
  };

  return {
    deploy: (template, at) => {
      current = {
        template,
        createdAt: current?.createdAt ?? at,
        updatedAt: current === undefined ? undefined : at,
      };
    },
    handlers: {
      DescribeStacks: handler<DescribeStacksInput, DescribeStacksOutput>(["StackName"], ({ StackName }) => {
        const { template, createdAt, updatedAt } = stack(StackName);
        return {
          Stacks: [
            {
              StackName: template.stack,
              StackId: stackId(template.stack),
              CreationTime: new Date(createdAt),
              ...(updatedAt === undefined ? {} : { LastUpdatedTime: new Date(updatedAt) }),
              StackStatus: updatedAt === undefined ? "CREATE_COMPLETE" : "UPDATE_COMPLETE",
              Outputs: template.outputs.map(({ key, value, description, exportName }) => ({
                OutputKey: key,
                OutputValue: value,
                Description: description,
                ExportName: exportName,
              })),
            },
          ],
        };
      }),
      DescribeStackResources: handler<DescribeStackResourcesInput, DescribeStackResourcesOutput>(
        ["StackName"],
        ({ StackName }) => {
          const { template, createdAt, updatedAt } = stack(StackName);
          return {
            StackResources: template.resources.map(({ logicalId, type, identity }) => ({
              StackName: template.stack,
              StackId: stackId(template.stack),
              LogicalResourceId: logicalId,
              PhysicalResourceId: identity.Ref,
              ResourceType: type,
              Timestamp: new Date(updatedAt ?? createdAt),
              ResourceStatus: "CREATE_COMPLETE",
            })),
          };
        },
      ),
    },
  };
}
