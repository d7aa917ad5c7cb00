import type { Assembly } from "../../bin/synthesize.ts";
import type { WarmerConfig } from "../../lib/core/config.ts";
import { REGION, secondsIso } from "../../lib/local/account.ts";
import { readAssembly } from "../../lib/local/assembly.ts";
import { credentialsOf } from "../../lib/local/aws/calls.ts";
import type { Engine } from "../../lib/local/engine.ts";
import type { InstanceOptions } from "./instance.ts";

/** Where an instance finds the world. */
export interface Urls {
  readonly provider: string;
  /** @default - the engine's own endpoint */
  readonly aws?: string;
}

/** The warm function as the template has it, with a configuration of the bench's own. */
export function deployedWarm(
  engine: Engine,
  { directory, stack }: Assembly,
  config: WarmerConfig,
  { provider, aws = engine.url }: Urls,
): InstanceOptions & { readonly memoryMiB: number } {
  const warm = engine
    .template()
    .ofType("AWS::Lambda::Function")
    .find(({ logicalId }) => logicalId.startsWith("WarmerWarm"));
  if (warm === undefined) throw new Error("the template has no warm function");
  const { properties, logicalId, name } = warm;
  const { accessKeyId, secretAccessKey } = credentialsOf(logicalId);
  return {
    code: readAssembly(directory, stack).codeDirectory(properties.Code.S3Key),
    timeoutMs: properties.Timeout * 1_000,
    memoryMiB: properties.MemorySize,
    environment: {
      ...properties.Environment?.Variables,
      WARMER_CONFIG: JSON.stringify(config),
      AWS_LAMBDA_FUNCTION_NAME: name,
      AWS_ENDPOINT_URL: aws,
      ANTHROPIC_BASE_URL: provider,
      AWS_REGION: REGION,
      AWS_ACCESS_KEY_ID: accessKeyId,
      AWS_SECRET_ACCESS_KEY: secretAccessKey,
      AWS_EC2_METADATA_DISABLED: "true",
      AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: "true",
    },
  };
}

let events = 0;

/** An event of now, as EventBridge delivers it. */
export function eventOf(source: string, detailType: string, detail: object) {
  const id = `bench-${++events}`;
  return { id, source, "detail-type": detailType, time: secondsIso(Date.now()), detail };
}

export function tickEvent() {
  return eventOf("aws.events", "Scheduled Event", {});
}
