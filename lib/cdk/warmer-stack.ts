import { Table } from "aws-cdk-lib/aws-dynamodb";
import { Stack, type StackProps } from "aws-cdk-lib/core";
import type { Construct } from "constructs";
import { warmerStackName } from "../core/stack-outputs.ts";
import { PromptCacheWarmer } from "./prompt-cache-warmer.ts";
import type { PromptCacheWarmerProps } from "./prompt-cache-warmer-props.ts";
import { resolveProps } from "./resolve-props.ts";

export interface WarmerStackProps extends StackProps {
  /** The options that `defineWarmer` returned, and whatever else the construct takes. */
  readonly warmer: PromptCacheWarmerProps;

  /**
   * Name of a table that an earlier deployment left behind. What it must look like stands at
   * {@link PromptCacheWarmerProps.table}.
   *
   * @default - `warmer.table`, else a new table
   */
  readonly retainedTable?: string;
}

/** One warmer in a stack of its own, with the name and the outputs by which the CLI finds it. */
export class WarmerStack extends Stack {
  readonly warmer: PromptCacheWarmer;

  /** @throws an error that names this stack and every fault of the configuration */
  constructor(scope: Construct, id: string, props: WarmerStackProps) {
    const { warmer, retainedTable, ...stackProps } = props;
    const { service, environment } = resolveProps(id, warmer);
    super(scope, id, {
      description: "Keeps a prompt cache warm on the live color",
      ...stackProps,
      stackName: warmerStackName(service, environment),
    });
    this.warmer = new PromptCacheWarmer(this, "Warmer", {
      ...warmer,
      ...(retainedTable !== undefined && {
        table: Table.fromTableName(this, "RetainedTable", retainedTable),
      }),
    });
    this.warmer.createOutputs();
  }
}
