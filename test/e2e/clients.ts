import { readFileSync } from "node:fs";
import { CloudFormationClient } from "@aws-sdk/client-cloudformation";
import { CloudWatchClient } from "@aws-sdk/client-cloudwatch";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { LambdaClient } from "@aws-sdk/client-lambda";
import { SNSClient } from "@aws-sdk/client-sns";
import { SSMClient } from "@aws-sdk/client-ssm";

/** The emulator's only account, and where it is. */
export const ACCOUNT = "000000000000";
export const REGION = "us-east-1";
/** The emulator takes these for the account's root user, who may do everything. */
export const ROOT = { accessKeyId: "test", secretAccessKey: "test" };

/** How the run reaches the emulated account beside the two command lines. */
export interface Clients {
  readonly cloudFormation: CloudFormationClient;
  readonly cloudWatch: CloudWatchClient;
  readonly dynamo: DynamoDBClient;
  readonly lambda: LambdaClient;
  readonly sns: SNSClient;
  readonly ssm: SSMClient;
}

export function openClients(endpoint: string, certFile: string): Clients {
  const httpsAgent = { ca: readFileSync(certFile, "utf8") };
  const where = { endpoint, region: REGION, credentials: ROOT, requestHandler: { httpsAgent } };
  return {
    cloudFormation: new CloudFormationClient(where),
    cloudWatch: new CloudWatchClient(where),
    dynamo: new DynamoDBClient(where),
    lambda: new LambdaClient(where),
    sns: new SNSClient(where),
    ssm: new SSMClient(where),
  };
}
