import { onTestFinished } from "vitest";
import { createAccess } from "../../lib/local/aws/access.ts";
import { type Call, callLog } from "../../lib/local/aws/calls.ts";
import { createDynamoDb } from "../../lib/local/aws/dynamodb.ts";
import { type ServiceName, startEndpoint } from "../../lib/local/aws/endpoint.ts";
import { createFaults, type Faults } from "../../lib/local/aws/faults.ts";
import type { Handlers } from "../../lib/local/aws/handler.ts";

export interface TestEndpoint {
  readonly url: string;
  readonly calls: readonly Call[];
  readonly defects: readonly Error[];
  readonly faults: Faults;
  /** Client configuration with these credentials, without retries. */
  as(caller: { accessKeyId: string; secretAccessKey: string }): ClientConfig;
  readonly operator: ClientConfig;
}
export interface ClientConfig {
  readonly region: string;
  readonly endpoint: string;
  readonly credentials: { accessKeyId: string; secretAccessKey: string };
  readonly maxAttempts: number;
}

/** An endpoint over the given services, closed when the test ends. */
export async function anEndpoint(
  services: Partial<Record<ServiceName, Handlers>>,
  now: () => number,
): Promise<TestEndpoint> {
  const log = callLog();
  const defects: Error[] = [];
  const faults = createFaults(() => {});
  const dynamodb = createDynamoDb();
  const endpoint = await startEndpoint({
    services: {
      ssm: {},
      cloudwatch: {},
      sns: {},
      lambda: {},
      cloudformation: {},
      sts: {},
      codedeploy: {},
      ...services,
    },
    dynamodb,
    // No template, so nobody is held to one.
    access: createAccess(),
    known: { groupOf: () => "" },
    faults,
    now,
    record: log.record,
    onDefect: (error) => defects.push(error),
  });
  onTestFinished(async () => {
    await endpoint.close();
    await dynamodb.close();
  });
  const as = (credentials: ClientConfig["credentials"]) => ({
    region: "us-east-1",
    endpoint: endpoint.url,
    credentials,
    maxAttempts: 1,
  });
  return {
    url: endpoint.url,
    calls: log.calls,
    defects,
    faults,
    as,
    operator: as({ accessKeyId: "operator", secretAccessKey: "x" }),
  };
}

/** The name of the error that a call ends with, or "answered". */
export function nameOf(sent: Promise<unknown>): Promise<string> {
  return sent.then(
    () => "answered",
    (error: Error) => error.name,
  );
}
