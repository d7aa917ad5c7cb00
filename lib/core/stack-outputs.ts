/**
 * The names by which the CLI and the local engine find a deployed warmer: its stack and the stack's outputs.
 * No import here, so that a command does not load the CDK to learn a name.
 */

/** `support-prod-warmer`. It is fixed: the CLI derives it from service and environment alone. */
export function warmerStackName(service: string, environment: string): string {
  return `${service}-${environment}-warmer`;
}

/**
 * The warm functions in one text, since a stack's outputs have fixed keys: the name alone, or for a warmer with
 * partitions `eu=name,us=name`.
 */
export function warmFunctionsText(
  functions: readonly { readonly partition?: string | undefined; readonly name: string }[],
): string {
  return functions
    .map(({ partition, name }) => (partition === undefined ? name : `${partition}=${name}`))
    .join(",");
}

/**
 * The name of a partition's warm function in such a text.
 *
 * @throws RangeError if it is not in it: another configuration was deployed
 */
export function warmFunctionName(text: string, partition: string | undefined): string {
  const names = new Map(
    text.split(",").map((entry): [string | undefined, string] => {
      const [name = "", deployed] = entry.split("=");
      return deployed === undefined ? [undefined, name] : [name, deployed];
    }),
  );
  const found = names.get(partition);
  if (found === undefined) {
    const asked = partition === undefined ? "a warmer without partitions" : `the partition ${partition}`;
    throw new RangeError(`${asked} is not what is deployed; deploy this configuration first`);
  }
  return found;
}

/** Output keys of the stack. They are API, like outcome codes. */
export const STACK_OUTPUTS = {
  tableName: "TableName",
  /** As {@link warmFunctionsText} writes them. */
  warmFunctionName: "WarmFunctionName",
  gateFunctionName: "GateFunctionName",
  topicArn: "TopicArn",
  liveColorParameter: "LiveColorParameter",
  /**
   * sha-256 (hex) of the resolved configuration's JSON, as the functions have it in `WARMER_CONFIG`. Commands read
   * `warmer.config.ts`; this tells whether that file is what was deployed. The JSON itself is no output, because
   * an output holds 1,024 bytes and a configuration may be longer.
   */
  configDigest: "ConfigDigest",
} as const;
