/**
 * The stack's functions: who may invoke them, how many at a time, and what is told of it. An invocation begins at a
 * virtual instant and says itself at which one it ended; how it runs is the matter of function-host.ts.
 */
import type { InvocationRequest, InvocationResponse } from "@aws-sdk/client-lambda";
import { ACCOUNT, arn, nameFromArn } from "../account.ts";
import type { Assembly } from "../assembly.ts";
import { uuidOf } from "../deterministic.ts";
import { type LocalFunction, startFunction } from "../function-host.ts";
import type { InvocationEvent } from "../journal.ts";
import type { Resource } from "../template.ts";
import { AwsError } from "./aws-error.ts";
import { credentialsOf } from "./calls.ts";
import { handler } from "./handler.ts";
import { type AsyncConfig, type AsyncDeps, acceptAsync, asyncConfigOf } from "./lambda-async.ts";
import { writeLog } from "./lambda-log.ts";
import type { Invocation, LambdaService, ServiceAccess } from "./lambda-service.ts";
import { allows } from "./policy.ts";

export interface LambdaDeps extends AsyncDeps {
  readonly seed: string;
  /** Publishes a metric of namespace AWS/Lambda with dimension FunctionName. */
  readonly count: (metric: LambdaMetric, functionName: string, value: number, at: number) => void;
  /** Variables that every function gets beside its own. */
  readonly environment: () => Readonly<Record<string, string>>;
}
export type LambdaMetric = "Invocations" | "Errors" | "Throttles";

interface Deployed {
  readonly resource: Resource<"AWS::Lambda::Function">;
  readonly async: AsyncConfig;
  readonly host: LocalFunction;
  /** Invocations under way in real time. */
  inFlight: number;
  /** Virtual ends of finished invocations, as far as they may still overlap with a later one. */
  ends: readonly number[];
}

export function createLambda(deps: LambdaDeps): LambdaService {
  let functions: ReadonlyMap<string, Deployed> = new Map();
  let permissions: readonly Resource<"AWS::Lambda::Permission">[] = [];

  const find = (nameOrArn: string): Deployed => {
    const name = nameFromArn(nameOrArn);
    const deployed = functions.get(name);
    if (deployed !== undefined) return deployed;
    throw new AwsError(
      "ResourceNotFoundException",
      `Function not found: ${arn("lambda", `function:${name}`)}`,
      404,
    );
  };

  const requestIdOf = ({ resource }: Deployed, { at, trigger, payload }: Invocation) =>
    uuidOf(deps.seed, "request", resource.logicalId, at, trigger, JSON.stringify(payload) ?? "");

  const run = async (
    deployed: Deployed,
    requestId: string,
    { at, payload, trigger }: Invocation,
  ): Promise<InvocationEvent | undefined> => {
    const { name, logicalId } = deployed.resource;
    if (isFull(deployed, at)) {
      deps.count("Throttles", name, 1, at);
      deps.journal.write({ at, kind: "throttled", function: logicalId, trigger });
      return undefined;
    }
    deployed.inFlight += 1;
    const reply = await deployed.host.invoke({ requestId, at, payload }).finally(() => {
      deployed.inFlight -= 1;
    });
    deployed.ends = [...deployed.ends.filter((end) => end > at), reply.at];
    deps.count("Invocations", name, 1, at);
    deps.count("Errors", name, reply.error === undefined ? 0 : 1, at);
    const event = {
      at,
      kind: "invoked" as const,
      function: logicalId,
      trigger,
      requestId,
      endedAt: reply.at,
      ...(reply.error === undefined ? { result: reply.result } : { error: reply.error }),
      logs: writeLog(deps, deployed.resource, reply.logs, at),
    };
    deps.journal.write(event);
    return event;
  };

  const accept = (deployed: Deployed, event: Invocation) => {
    const { resource, async: config } = deployed;
    const requestId = requestIdOf(deployed, event);
    const tryAt = (at: number) => run(deployed, requestId, { ...event, at });
    acceptAsync(deps, { function: resource, config, requestId, at: event.at, payload: event.payload, tryAt });
  };

  const stop = async () => {
    await Promise.all([...functions.values()].map(({ host }) => host.stop()));
  };

  return {
    stop,
    deploy: async (template, assembly) => {
      const configured = template
        .ofType("AWS::Lambda::Function")
        .map((resource) => ({ resource, async: asyncConfigOf(resource, template) }));
      await stop();
      functions = new Map(
        configured.map(({ resource, async }) => {
          const host = startHost(resource, assembly, deps);
          return [resource.name, { resource, async, host, inFlight: 0, ends: [] }];
        }),
      );
      permissions = template.ofType("AWS::Lambda::Permission");
    },
    invoke: (name, invocation) => {
      const deployed = find(name);
      return run(deployed, requestIdOf(deployed, invocation), invocation);
    },
    invokeAsService: (request) => {
      const { at, principal, sourceArn, trigger } = request;
      const deployed = functions.get(nameFromArn(request.function));
      const because =
        deployed === undefined
          ? "the function does not exist"
          : `the function does not allow ${principal} to invoke it for ${sourceArn}`;
      if (deployed !== undefined && permissions.some(({ properties }) => permits(properties, request))) {
        accept(deployed, request);
        return true;
      }
      deps.journal.write({
        at,
        kind: "lost",
        what: `invocation by ${trigger}`,
        to: request.function,
        because,
      });
      return false;
    },
    handlers: {
      Invoke: handler<InvocationRequest, InvocationResponse>(
        ["FunctionName", "InvocationType", "LogType", "Payload"],
        async (input, call) => {
          const deployed = find(input.FunctionName ?? "");
          const payload = payloadOf(input.Payload);
          const invocation = { at: call.at, payload, trigger: `call by ${call.caller}` };
          if (input.InvocationType === "DryRun") return { StatusCode: 204 };
          if (input.InvocationType === "Event") {
            accept(deployed, invocation);
            return { StatusCode: 202 };
          }
          const outcome = await run(deployed, requestIdOf(deployed, invocation), invocation);
          if (outcome === undefined) throw new AwsError("TooManyRequestsException", "Rate Exceeded.", 429);
          call.takes(outcome.endedAt - call.at);
          return {
            StatusCode: 200,
            ExecutedVersion: "$LATEST",
            ...(outcome.error === undefined ? {} : { FunctionError: "Unhandled" }),
            ...(input.LogType === "Tail" ? { LogResult: tailOf(outcome.logs) } : {}),
            Payload: Buffer.from(JSON.stringify(outcome.error ?? outcome.result ?? null)),
          };
        },
      ),
    },
  };
}

/** Reserved concurrency, the only limit here: an account's own limit of 1000 is out of reach on one machine. */
function isFull({ resource, ends, inFlight }: Deployed, at: number): boolean {
  const limit = resource.properties.ReservedConcurrentExecutions;
  return limit !== undefined && inFlight + ends.filter((end) => end > at).length >= limit;
}

function startHost(
  { name, logicalId, properties }: Resource<"AWS::Lambda::Function">,
  assembly: Assembly,
  deps: LambdaDeps,
): LocalFunction {
  return startFunction({
    name,
    code: assembly.codeDirectory(properties.Code.S3Key),
    handler: properties.Handler,
    environment: { ...properties.Environment?.Variables, ...deps.environment() },
    timeoutMs: properties.Timeout * 1000,
    memoryMb: properties.MemorySize,
    credentials: credentialsOf(logicalId),
    seed: deps.seed,
  });
}

/** A permission is one statement of the function's policy. */
function permits(
  permission: Resource<"AWS::Lambda::Permission">["properties"],
  request: ServiceAccess,
): boolean {
  const { FunctionName, Principal, Action, SourceArn, SourceAccount } = permission;
  const statement = {
    Effect: "Allow",
    Principal: { Service: Principal },
    Action,
    Resource: nameFromArn(FunctionName),
    Condition: {
      ...(SourceArn === undefined ? {} : { ArnLike: { "aws:SourceArn": SourceArn } }),
      ...(SourceAccount === undefined ? {} : { StringEquals: { "aws:SourceAccount": SourceAccount } }),
    },
  };
  return allows([{ Statement: [statement] }], {
    principal: request.principal,
    action: "lambda:InvokeFunction",
    resource: nameFromArn(request.function),
    sourceArn: request.sourceArn,
    sourceAccount: ACCOUNT,
  });
}

function payloadOf(bytes: Uint8Array | undefined): unknown {
  const text = Buffer.from(bytes ?? []).toString();
  try {
    return text === "" ? {} : JSON.parse(text);
  } catch {
    throw new AwsError("InvalidRequestContentException", "Could not parse request body into json");
  }
}

/** The last 4 KB of the log, as `LogType: Tail` gives them. */
function tailOf(logs: readonly string[]): string {
  return Buffer.from(logs.join("\n")).subarray(-4096).toString("base64");
}
