/**
 * One URL for all of AWS: the value of AWS_ENDPOINT_URL. The signature of a request says which service it is for
 * (the signature itself is not checked), the protocol says which operation. DynamoDB requests go to dynalite as
 * they are; it is handed the request in this process, since a second socket costs 8 % more per call (measured
 * 2026-11: 0.53 ms against 0.57 ms). No call is answered that the template's policies do not allow.
 */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { Readable } from "node:stream";
import * as cloudformation from "@aws-sdk/client-cloudformation";
import * as cloudwatch from "@aws-sdk/client-cloudwatch";
import * as codedeploy from "@aws-sdk/client-codedeploy";
import * as lambda from "@aws-sdk/client-lambda";
import * as sns from "@aws-sdk/client-sns";
import * as ssm from "@aws-sdk/client-ssm";
import * as sts from "@aws-sdk/client-sts";
import type { Access } from "./access.ts";
import { type Known, requestsOf } from "./access-requests.ts";
import { AwsError, unsupported } from "./aws-error.ts";
import { type Call, callerOf } from "./calls.ts";
import type { DynamoDb } from "./dynamodb.ts";
import { dynamoRequests, tableIn } from "./dynamodb-access.ts";
import type { Faults } from "./faults.ts";
import type { CallContext, Handlers } from "./handler.ts";
import { bodyIn, bytesOf, instantOf, readRequest, type Signature, send, signatureOf } from "./socket.ts";
import { jsonWire, queryWire, restWire, type Wire, type WireReply, type WireRequest } from "./wire.ts";

/** The services behind the endpoint, by the name that IAM actions use. */
export const wires = {
  ssm: jsonWire(ssm, "1.1"),
  cloudwatch: jsonWire(cloudwatch, "1.0"),
  sns: queryWire(sns, "http://sns.amazonaws.com/doc/2010-03-31/"),
  cloudformation: queryWire(cloudformation, "http://cloudformation.amazonaws.com/doc/2010-05-15/"),
  sts: queryWire(sts, "https://sts.amazonaws.com/doc/2011-06-15/"),
  lambda: restWire(lambda),
  codedeploy: jsonWire(codedeploy, "1.1"),
} satisfies Record<string, Wire>;
export type ServiceName = keyof typeof wires;

export interface EndpointOptions {
  readonly services: Readonly<Record<ServiceName, Handlers>>;
  readonly dynamodb: Pick<DynamoDb, "server" | "knows" | "partitionKeyOf">;
  readonly access: Pick<Access, "isHeld" | "refusal">;
  /** What the policies ask about a call beside what it says. */
  readonly known: Known;
  /** Instant of a request that does not say its own, milliseconds since the epoch. */
  readonly now: () => number;
  readonly faults: Faults;
  readonly record: (call: Call) => void;
  /** Told about what must end the run: a defect of a handler, or a function using what is not modelled. */
  readonly onDefect: (error: Error) => void;
}

export interface Endpoint {
  readonly url: string;
  close(): Promise<void>;
}

/** Listens on 127.0.0.1, on a port that the system chooses. */
export async function startEndpoint(options: EndpointOptions): Promise<Endpoint> {
  const server = createServer((request, response) => {
    // Without a Date the SDK does not take this machine's clock for AWS's and "correct" the virtual one.
    response.sendDate = false;
    const signed = signatureOf(request);
    const answered =
      signed?.service === "dynamodb"
        ? passToDynamo(options, signed.accessKeyId, request, response)
        : answer(options, signed, request, response);
    // What is thrown outside of a handler is a caller that went away in the middle of its request.
    answered.catch(() => response.destroy());
  });
  // A pause between two requests says nothing here, as virtual minutes pass in real milliseconds.
  server.keepAliveTimeout = 0;
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

// --- requests ---

async function answer(
  options: EndpointOptions,
  signed: Signature | undefined,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const wireRequest = await readRequest(request);
  const { service, accessKeyId } = signed ?? { service: "unsigned", accessKeyId: "anonymous" };
  const asked = { at: instantOf(request, options.now), ...callerOf(accessKeyId), service };
  if (!isServed(service)) {
    const operation = wireRequest.headers["x-amz-target"]?.toString() ?? wireRequest.path;
    return send(response, wires.ssm.encodeError(refuse(options, { ...asked, operation })));
  }
  const wire = wires[service];
  const call = { ...asked, operation: wire.operationOf(wireRequest) ?? "(none)" };
  let latencyMs = 0;
  const takes = (milliseconds: number) => {
    latencyMs = milliseconds;
  };
  const reply = await perform(options, service, wireRequest, call, takes).catch((error: Error) => {
    if (error instanceof AwsError) return wire.encodeError(error);
    options.onDefect(error);
    return wire.encodeError(new AwsError("InternalServerError", error.message, 500));
  });
  send(response, reply, latencyMs);
}

async function perform(
  options: EndpointOptions,
  service: ServiceName,
  wireRequest: WireRequest,
  asked: Call,
  takes: CallContext["takes"],
): Promise<WireReply> {
  const wire = wires[service];
  const { operation } = asked;
  const handler = options.services[service][operation];
  if (handler === undefined || !wire.knows(operation)) throw refuse(options, asked);
  const input = await wire.decode(operation, wireRequest);
  const given = Object.entries(input).filter(([, value]) => value !== undefined);
  const unread = given.find(([member]) => !handler.members.includes(member));
  if (unread !== undefined) throw refuse(options, asked, unread[0]);
  const resource = resourceIn(input);
  const call = resource === undefined ? asked : { ...asked, resource };
  options.record(call);
  const fault = options.faults.errorFor(call);
  if (fault !== undefined) throw fault;
  const refusal = refusalOf(options, call, () => requestsOf(service, operation, input, options.known));
  if (refusal !== undefined) throw refusal;
  return wire.encode(operation, await handler.run(input as never, { ...call, takes }));
}

async function passToDynamo(
  options: EndpointOptions,
  accessKeyId: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const bytes = await bytesOf(request);
  const operation = request.headers["x-amz-target"]?.toString().split(".").at(-1) ?? "(none)";
  const body = bodyIn(bytes);
  const table = tableIn(body);
  const call = {
    at: instantOf(request, options.now),
    ...callerOf(accessKeyId),
    service: "dynamodb",
    operation,
    ...(table !== undefined && { resource: table }),
  };
  options.record(call);
  const error = options.dynamodb.knows(operation)
    ? (options.faults.errorFor(call) ??
      refusalOf(options, call, () => dynamoRequests(operation, body, options.dynamodb.partitionKeyOf)))
    : refuse(options, call);
  if (error !== undefined) return send(response, wires.ssm.encodeError(error));
  const { method, url, headers } = request;
  options.dynamodb.server.emit(
    "request",
    Object.assign(Readable.from([bytes]), { method, url, headers }),
    response,
  );
}

/** The error of a call that the template's policies do not allow. What cannot be judged is a defect, and is refused. */
function refusalOf(
  options: EndpointOptions,
  { caller, at }: Call,
  requests: () => ReturnType<typeof requestsOf>,
): AwsError | undefined {
  if (!options.access.isHeld(caller)) return undefined;
  try {
    return options.access.refusal(caller, requests(), at);
  } catch (error) {
    options.onDefect(error as Error);
    return new AwsError("InternalServerError", (error as Error).message, 500);
  }
}

/** A function could swallow the answer, so that its run ends here as well; an operator at a terminal reads it. */
function refuse(options: EndpointOptions, call: Call, member?: string): AwsError {
  const error = unsupported(
    call.service,
    member === undefined ? call.operation : `${call.operation} with ${member}`,
  );
  if (call.byFunction) options.onDefect(error);
  return error;
}

function isServed(service: string): service is ServiceName {
  return Object.hasOwn(wires, service);
}

const resourceKeys = ["Name", "TopicArn", "FunctionName", "Namespace", "StackName", "deploymentId"];

function resourceIn(input: Readonly<Record<string, unknown>>): string | undefined {
  const named = resourceKeys.map((key) => input[key]);
  return named.find((value) => typeof value === "string");
}
