import { readFileSync } from "node:fs";
import { userInfo } from "node:os";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { CloudFormationClient } from "@aws-sdk/client-cloudformation";
import { LambdaClient } from "@aws-sdk/client-lambda";
import { SNSClient } from "@aws-sdk/client-sns";
import { SSMClient } from "@aws-sdk/client-ssm";
import { DynamoControl } from "../lib/aws/dynamo-control.ts";
import { DynamoManifests } from "../lib/aws/dynamo-manifests.ts";
import { DynamoPrefixes } from "../lib/aws/dynamo-prefixes.ts";
import { LambdaWarm } from "../lib/aws/lambda-warm.ts";
import { SnsSubscriptions } from "../lib/aws/sns-subscriptions.ts";
import { SsmLiveColor } from "../lib/aws/ssm-live-color.ts";
import { SsmLiveColorSwitch } from "../lib/aws/ssm-live-color-switch.ts";
import { readStackOutputs } from "../lib/aws/stack-outputs.ts";
import { systemClock } from "../lib/aws/system-clock.ts";
import { openTable } from "../lib/aws/table.ts";
import { resolveConfig, type WarmerConfig, type WarmerOptions } from "../lib/core/config.ts";

/** Options that every command understands. */
export interface GlobalOptions {
  readonly json?: boolean;
  readonly local?: boolean;
  readonly config: string;
}

/** Where `warmer local` writes how to reach it. */
export const LOCAL_FILE = ".warmer/local.json";

/** @throws Error naming the file if it does not exist or exports no configuration */
export async function loadConfig(file: string): Promise<WarmerConfig> {
  const module = (await import(pathToFileURL(resolve(file)).href)) as { default?: WarmerOptions };
  if (module.default === undefined) throw new Error(`${file} must export the configuration as its default`);
  return resolveConfig(module.default);
}

/** Name of the stack that `bin/app.ts` makes. */
export function stackName({ service, environment }: Pick<WarmerConfig, "service" | "environment">): string {
  return `${service}-${environment}-warmer`;
}

/** The deployed warmer, as the CLI reaches it: through the stack's outputs and state, never the provider. */
export async function openDeployment(options: GlobalOptions) {
  const config = await loadConfig(options.config);
  if (options.local === true) useLocalEndpoint();
  const outputs = await readStackOutputs(new CloudFormationClient({}), stackName(config));
  const ssm = new SSMClient({});
  const table = openTable(outputs.TableName);
  const reader = new SsmLiveColor(ssm, config.liveColorParameter);
  const writer = new SsmLiveColorSwitch(ssm, config.liveColorParameter);
  return {
    config,
    ports: {
      clock: systemClock,
      control: new DynamoControl(table),
      prefixes: new DynamoPrefixes(table),
      manifests: new DynamoManifests(table),
      liveColor: {
        read: () => reader.read(),
        create: (color: string) => writer.create(color),
        write: (color: string) => writer.write(color),
      },
      subscriptions: new SnsSubscriptions(new SNSClient({}), outputs.TopicArn),
      warm: new LambdaWarm(new LambdaClient({}), outputs.WarmFunctionName),
    },
  };
}

function useLocalEndpoint(): void {
  let local: { endpoint: string; region: string };
  try {
    local = JSON.parse(readFileSync(LOCAL_FILE, "utf8")) as { endpoint: string; region: string };
  } catch {
    throw new Error(`${LOCAL_FILE} cannot be read; start \`warmer local\` in another terminal first`);
  }
  Object.assign(process.env, {
    AWS_ENDPOINT_URL: local.endpoint,
    AWS_REGION: local.region,
    AWS_ACCESS_KEY_ID: "local",
    AWS_SECRET_ACCESS_KEY: "local",
  });
}

/** Who acts, for the record. */
export function operator(): string {
  return process.env["WARMER_OPERATOR"] ?? userInfo().username;
}
