/**
 * Parameter Store, as far as the warmer and its operators use it. Every change of a parameter is told to the event
 * bus. A change may be planned: it is there for readers from its instant on, and is told at its instant.
 * https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_PutParameter.html
 */
import type { DeleteParameterRequest, PutParameterRequest, PutParameterResult } from "@aws-sdk/client-ssm";
import type { Journal } from "../journal.ts";
import type { ResolvedTemplate } from "../template.ts";
import { AwsError, unsupported } from "./aws-error.ts";
import type { BusEvent } from "./events.ts";
import { type Handlers, handler } from "./handler.ts";
import { type ParameterHistory, type ParameterVersion, parameterHistory } from "./parameter-history.ts";
import { arnOf, type FindParameter, parameterReads } from "./parameter-reads.ts";

/** Longest value of a parameter of the Standard tier, in characters. */
const MAX_VALUE = 4096;

/** Who changes a parameter, and when. */
export interface ParameterChange {
  /**
   * Virtual instant, ms since the epoch. One that is still to come plans the change. One before the parameter's latest
   * change is an error.
   */
  readonly at: number;
  /** @default "operator" */
  readonly caller?: string;
}

export interface Ssm {
  readonly handlers: Handlers;
  /** Writes the template's parameters, each when it is new or its value in the template has changed. */
  deploy(template: ResolvedTemplate, at: number): void;
  /** Writes as an operator would, now or at an instant to come; the same rules, events and journal lines. */
  put(input: PutParameterRequest, change: ParameterChange): PutParameterResult;
  /** Deletes as an operator would, now or at an instant to come. */
  delete(name: string, change: ParameterChange): void;
  /** The value now, SecureStrings in clear; undefined when there is no such parameter. */
  value(name: string): string | undefined;
}

export interface SsmDeps {
  readonly journal: Journal;
  readonly emit: (event: BusEvent) => void;
  /** Virtual now, ms since the epoch. */
  readonly now: () => number;
  /** Plans what happens at an instant to come. */
  readonly at: (instant: number, action: () => void) => void;
}

export function createSsm(deps: SsmDeps): Ssm {
  const histories = new Map<string, ParameterHistory>();
  const deployed = new Map<string, string>();

  const versionsAt = (name: string, instant: number) => histories.get(name)?.at(instant) ?? [];
  const historyOf = (name: string) => {
    const history = histories.get(name) ?? parameterHistory(name);
    histories.set(name, history);
    return history;
  };
  const existingAt: FindParameter = (name, instant) => {
    const versions = versionsAt(name, instant);
    const latest = versions.at(-1);
    if (latest === undefined) throw new AwsError("ParameterNotFound", `Parameter ${name} not found.`);
    return { versions, latest };
  };

  const tell = (
    name: string,
    operation: "Create" | "Update" | "Delete",
    { type, description }: Pick<ParameterVersion, "type" | "description">,
    { at, caller = "operator" }: ParameterChange,
  ) => {
    const told = () => {
      deps.journal.write({ at, kind: "parameter", name, operation, by: caller });
      deps.emit({
        at,
        source: "aws.ssm",
        detailType: "Parameter Store Change",
        resources: [arnOf(name)],
        detail: { operation, name, type, ...(description === undefined ? {} : { description }) },
      });
    };
    // Not told ahead of its instant: until then the bus may begin or cease to lose events.
    if (at > deps.now()) deps.at(at, told);
    else told();
  };

  const put: Ssm["put"] = (input, change) => {
    const { Name: name = "", Value: value = "" } = input;
    if (input.Tier !== undefined && input.Tier !== "Standard")
      throw unsupported("ssm", `PutParameter with Tier ${input.Tier}`);
    const existing = versionsAt(name, change.at).at(-1);
    if (existing !== undefined && input.Overwrite !== true)
      throw new AwsError(
        "ParameterAlreadyExists",
        "The parameter already exists. To overwrite this value, set the overwrite option in the request to true.",
      );
    const type = input.Type ?? existing?.type;
    if (type === undefined)
      throw new AwsError("ValidationException", "A parameter type is required when you create a parameter.");
    const allowedPattern = input.AllowedPattern ?? existing?.allowedPattern;
    checkValue(value, allowedPattern);
    const version: ParameterVersion = {
      value,
      version: (existing?.version ?? 0) + 1,
      type,
      allowedPattern,
      description: input.Description ?? existing?.description,
      modifiedAt: change.at,
      modifiedBy: change.caller ?? "operator",
    };
    historyOf(name).add(version);
    tell(name, existing === undefined ? "Create" : "Update", version, change);
    return { Version: version.version, Tier: "Standard" };
  };

  const remove: Ssm["delete"] = (name, change) => {
    const { latest } = existingAt(name, change.at);
    historyOf(name).remove(change.at);
    tell(name, "Delete", latest, change);
  };

  return {
    put,
    delete: remove,
    deploy: (template, at) => {
      for (const { name, properties } of template.ofType("AWS::SSM::Parameter")) {
        const { Type, Value, Description, AllowedPattern } = properties;
        if (deployed.get(name) === Value) continue;
        const caller = "cloudformation";
        put(
          { Name: name, Type, Value, Description, AllowedPattern, Overwrite: deployed.has(name) },
          { at, caller },
        );
        deployed.set(name, Value);
      }
    },
    value: (name) => versionsAt(name, deps.now()).at(-1)?.value,
    handlers: {
      PutParameter: handler<PutParameterRequest, PutParameterResult>(
        ["Name", "Value", "Type", "Tier", "Overwrite", "AllowedPattern", "Description"],
        put,
      ),
      DeleteParameter: handler<DeleteParameterRequest, object>(["Name"], (input, call) => {
        remove(input.Name ?? "", call);
        return {};
      }),
      ...parameterReads(existingAt),
    },
  };
}

function checkValue(value: string, allowedPattern: string | undefined): void {
  if (value === "")
    throw new AwsError(
      "ValidationException",
      "1 validation error detected: Value '' at 'value' failed to satisfy constraint: Member must have length greater than or equal to 1.",
    );
  if (value.length > MAX_VALUE)
    throw new AwsError(
      "ValidationException",
      `Standard tier parameters support a maximum parameter value of ${MAX_VALUE} characters, got ${value.length}.`,
    );
  if (allowedPattern !== undefined && !new RegExp(allowedPattern).test(value))
    throw new AwsError(
      "ParameterPatternMismatchException",
      `Parameter value failed to satisfy the allowed pattern ${allowedPattern}.`,
    );
}
