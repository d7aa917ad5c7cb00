import { readFileSync } from "node:fs";
import { join } from "node:path";
import { GetFunctionConfigurationCommand } from "@aws-sdk/client-lambda";
import { PutParameterCommand } from "@aws-sdk/client-ssm";
import { readStackOutputs } from "../../../lib/aws/stack-outputs.ts";
import { type AlarmName, alarmName } from "../../../lib/core/alarms.ts";
import { resolveConfig } from "../../../lib/core/config.ts";
import { warmerStackName } from "../../../lib/core/stack-outputs.ts";
import { startSimulatedProvider } from "../../../lib/local/provider/server.ts";
import options from "../../../warmer.config.ts";
import { openClients } from "../clients.ts";
import { invokeFunction } from "../functions.ts";
import { eventually } from "../processes.ts";
import { changedApp, REPOSITORY } from "../repository.ts";
import type { Change, Pager, Target } from "../target.ts";
import { runWarmer } from "../warmer-command.ts";
import { ACCOUNT, REGION, ROOT } from "./account.ts";
import { cdk } from "./cdk-command-line.ts";
import { deliver, subscribe, tellsOf } from "./deliveries.ts";
import { installEmulator, makeCertificate } from "./prerequisites.ts";
import type { Product } from "./product.ts";
import { withoutPermission } from "./role-policies.ts";
import { startEmulator } from "./server.ts";
import { startSubscriber } from "./subscriber.ts";

const API_KEY = "not-a-key-end-to-end";

/**
 * An emulator of AWS that this project did not write. It takes real deployments, and its time is ours.
 *
 * @param cache directory for the emulator's installation, which outlives the run
 * @throws Unavailable when this machine lacks what it takes
 */
export async function startEmulatorTarget(
  product: Product,
  directory: string,
  cache: string,
): Promise<Target> {
  const { name } = product;
  const python = await installEmulator(product, cache);
  const certificate = await makeCertificate(directory);
  const keys = [{ key: API_KEY, workspace: "e2e", caller: "warmer" }];
  const provider = await startSimulatedProvider({ keys, now: Date.now });
  const emulator = await startEmulator(product, {
    ...{ python, certificate, directory },
    providerUrl: provider.url,
  });
  const config = resolveConfig(options);
  const stack = warmerStackName(config.service, config.environment);
  const ca = readFileSync(certificate.certFile, "utf8");
  const clients = openClients({ endpoint: emulator.url, region: REGION, credentials: ROOT, ca });
  const env = environment(directory, emulator.url, certificate.certFile);
  let deployments = 0;
  let configFile = join(REPOSITORY, "warmer.config.ts");

  const deploy = async (change?: Change) => {
    deployments += 1;
    const args = ["deploy", "--require-approval", "never", "--output", join(directory, "cdk.out")];
    const changed =
      change === undefined ? undefined : changedApp(join(directory, `changed-${deployments}`), change);
    await cdk([...args, ...(changed === undefined ? [] : ["--app", changed.app])], env);
    configFile = changed?.config ?? configFile;
    if (deployments > 1) return;
    await product.settle?.(clients.cloudFormation, stack);
    // The stack only has its name: whoever owns the key puts it there.
    const parameter = { Name: config.apiKeyParameter, Value: API_KEY, Type: "SecureString" } as const;
    await clients.ssm.send(new PutParameterCommand(parameter));
  };

  const readFunction = (functionName: string) =>
    clients.lambda.send(new GetFunctionConfigurationCommand({ FunctionName: functionName }));

  return {
    name,
    config,
    provider,
    clients,
    directory,
    now: Date.now,
    // An environment is named, so there is no need to synthesize an app to find one.
    prepare: () => cdk(["bootstrap", `aws://${ACCOUNT}/${REGION}`, "--app", ""], env),
    deploy,
    warmer: (args, expected) =>
      runWarmer(["--config", configFile, ...args], expected, { cwd: REPOSITORY, env }),
    invoke: (functionName, event) => invokeFunction(clients.lambda, functionName, event),
    variables: async (functionName) => (await readFunction(functionName)).Environment?.Variables ?? {},
    eventually,
    listen: async (): Promise<Pager> => {
      const subscriber = await startSubscriber();
      const { topicArn } = await readStackOutputs(clients.cloudFormation, stack);
      await subscribe(clients.sns, topicArn, subscriber);
      return {
        toldOf: (alarm) => tellsOf(fullName(alarm), subscriber),
        close: () => subscriber.close(),
      };
    },
    deliver: (alarm) => deliver(name, clients, fullName(alarm)),
    withoutPermission: async (functionName, denied, run) => {
      const { Role: arn = "" } = await readFunction(functionName);
      return withoutPermission(clients.cloudFormation, arn.split("/").at(-1) ?? "", denied, run);
    },
    breakAws: () => {
      throw new Error(`${name} cannot be made to fail: the step needs \`breaksAws\``);
    },
    log: emulator.log,
    stop: async () => {
      await emulator.stop();
      await provider.close();
    },
  };

  function fullName(alarm: AlarmName): string {
    return alarmName(config.service, config.environment, alarm);
  }
}

// --- internal ---

/** Of the two command lines. */
function environment(
  directory: string,
  endpoint: string,
  certFile: string,
): Readonly<Record<string, string>> {
  return {
    PATH: process.env["PATH"] ?? "",
    HOME: directory,
    CI: "1",
    AWS_ENDPOINT_URL: endpoint,
    AWS_ENDPOINT_URL_S3: endpoint,
    AWS_ACCESS_KEY_ID: ROOT.accessKeyId,
    AWS_SECRET_ACCESS_KEY: ROOT.secretAccessKey,
    AWS_REGION: REGION,
    AWS_EC2_METADATA_DISABLED: "true",
    // Node's own clients take the first, the CDK's command line the second.
    NODE_EXTRA_CA_CERTS: certFile,
    AWS_CA_BUNDLE: certFile,
    // Fresh: the CDK remembers which account a key belongs to.
    CDK_HOME: join(directory, "cdk-home"),
    CDK_DISABLE_VERSION_CHECK: "1",
    CDK_DISABLE_CLI_TELEMETRY: "true",
    // `npx tsx` in cdk.json finds what is installed; it must not ask a registry.
    npm_config_offline: "true",
    WARMER_OPERATOR: "e2e",
  };
}
