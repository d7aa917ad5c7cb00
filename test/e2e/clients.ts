import { CloudFormationClient } from "@aws-sdk/client-cloudformation";
import { CloudWatchClient } from "@aws-sdk/client-cloudwatch";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { LambdaClient } from "@aws-sdk/client-lambda";
import { SNSClient } from "@aws-sdk/client-sns";
import { SSMClient } from "@aws-sdk/client-ssm";

/** How to reach an account that is on this machine. */
export interface Access {
  readonly endpoint: string;
  readonly region: string;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
  /** PEM of the certificate that its endpoint shows. */
  readonly ca?: string;
}

/** How the scenario reaches the account beside the two command lines. */
export interface Clients {
  readonly cloudFormation: CloudFormationClient;
  readonly cloudWatch: CloudWatchClient;
  readonly dynamo: DynamoDBClient;
  readonly lambda: LambdaClient;
  readonly sns: SNSClient;
  readonly ssm: SSMClient;
}

export function openClients({ ca, ...access }: Access): Clients {
  const where = { ...access, ...(ca !== undefined && { requestHandler: { httpsAgent: { ca } } }) };
  return {
    cloudFormation: new CloudFormationClient(where),
    cloudWatch: new CloudWatchClient(where),
    dynamo: new DynamoDBClient(where),
    lambda: new LambdaClient(where),
    sns: new SNSClient(where),
    ssm: new SSMClient(where),
  };
}
