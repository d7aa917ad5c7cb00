/**
 * The names by which the CLI and the local engine find a deployed warmer: its stack and the stack's outputs.
 * No import here, so that a command does not load the CDK to learn a name.
 */

/** `support-prod-warmer`. It is fixed: the CLI derives it from service and environment alone. */
export function warmerStackName(service: string, environment: string): string {
  return `${service}-${environment}-warmer`;
}

/** Output keys of the stack. They are API, like outcome codes. */
export const STACK_OUTPUTS = {
  tableName: "TableName",
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
