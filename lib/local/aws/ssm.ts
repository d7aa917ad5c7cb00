/**
 * Parameter Store, as far as the warmer and its operators use it. Every change of a parameter is told to the event
 * bus. https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_PutParameter.html
 */
import { createHash } from "node:crypto";
import type {
  DeleteParameterRequest,
  GetParameterRequest,
  GetParameterResult,
  PutParameterRequest,
  PutParameterResult,
} from "@aws-sdk/client-ssm";
import { arn } from "../account.ts";
import type { Journal } from "../journal.ts";
import type { ResolvedTemplate } from "../template.ts";
import { AwsError } from "./aws-error.ts";
import type { Call } from "./calls.ts";
import type { BusEvent } from "./events.ts";
import { type Handlers, handler } from "./handler.ts";

/** Longest value of a parameter of the Standard tier, in characters. */
const MAX_VALUE = 4096;
/** Parameter Store keeps this many versions and drops the oldest. */
const MAX_VERSIONS = 100;

interface Version {
  readonly value: string;
  readonly version: number;
  readonly modifiedAt: number;
}
interface StoredParameter {
  type: string;
  allowedPattern: string | undefined;
  description: string | undefined;
  versions: Version[];
}

export interface Ssm {
  readonly handlers: Handlers;
  /** Writes the template's parameters, each when it is new or its value in the template has changed. */
  deploy(template: ResolvedTemplate, at: number): void;
  /** Writes as an operator would; the same rules, events and journal lines. */
  put(input: PutParameterRequest, call: Pick<Call, "at" | "caller">): PutParameterResult;
  /** Deletes as an operator would. */
  delete(name: string, call: Pick<Call, "at" | "caller">): void;
  /** The current value, SecureStrings in clear; undefined when there is no such parameter. */
  value(name: string): string | undefined;
}

export function createSsm(deps: {
  readonly journal: Journal;
  readonly emit: (event: BusEvent) => void;
}): Ssm {
  const parameters = new Map<string, StoredParameter>();
  const deployed = new Map<string, string>();

  const changed = (
    name: string,
    operation: "Create" | "Update" | "Delete",
    parameter: StoredParameter,
    call: Pick<Call, "at" | "caller">,
  ) => {
    deps.journal.write({ at: call.at, kind: "parameter", name, operation, by: call.caller });
    deps.emit({
      at: call.at,
      source: "aws.ssm",
      detailType: "Parameter Store Change",
      resources: [arn("ssm", `parameter/${name.replace(/^\//, "")}`)],
      detail: {
        operation,
        name,
        type: parameter.type,
        ...(parameter.description === undefined ? {} : { description: parameter.description }),
      },
    });
  };

  const put: Ssm["put"] = (input, call) => {
    const { Name: name = "", Value: value = "" } = input;
    const existing = parameters.get(name);
    if (existing !== undefined && input.Overwrite !== true)
      throw new AwsError(
        "ParameterAlreadyExists",
        "The parameter already exists. To overwrite this value, set the overwrite option in the request to true.",
      );
    const type = input.Type ?? existing?.type;
    if (type === undefined)
      throw new AwsError("ValidationException", "A parameter type is required when you create a parameter.");
    checkValue(value, input.AllowedPattern ?? existing?.allowedPattern);
    const version = (existing?.versions.at(-1)?.version ?? 0) + 1;
    const parameter: StoredParameter = {
      type,
      allowedPattern: input.AllowedPattern ?? existing?.allowedPattern,
      description: input.Description ?? existing?.description,
      versions: [...(existing?.versions ?? []), { value, version, modifiedAt: call.at }].slice(-MAX_VERSIONS),
    };
    parameters.set(name, parameter);
    changed(name, existing === undefined ? "Create" : "Update", parameter, call);
    return { Version: version, Tier: "Standard" };
  };

  const remove: Ssm["delete"] = (name, call) => {
    const parameter = parameters.get(name);
    if (parameter === undefined) throw new AwsError("ParameterNotFound", `Parameter ${name} not found.`);
    parameters.delete(name);
    changed(name, "Delete", parameter, call);
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
    value: (name) => parameters.get(name)?.versions.at(-1)?.value,
    handlers: {
      PutParameter: handler<PutParameterRequest, PutParameterResult>(
        ["Name", "Value", "Type", "Overwrite", "AllowedPattern", "Description"],
        put,
      ),
      DeleteParameter: handler<DeleteParameterRequest, object>(["Name"], (input, call) => {
        remove(input.Name ?? "", call);
        return {};
      }),
      GetParameter: handler<GetParameterRequest, GetParameterResult>(["Name", "WithDecryption"], (input) => {
        const { name, selector } = selectorOf(input.Name ?? "");
        const parameter = parameters.get(name);
        if (parameter === undefined) throw new AwsError("ParameterNotFound", `Parameter ${name} not found.`);
        const found =
          selector === undefined
            ? parameter.versions.at(-1)
            : parameter.versions.find(({ version }) => String(version) === selector);
        if (found === undefined)
          throw new AwsError(
            "ParameterVersionNotFound",
            `Systems Manager could not find version ${selector} of ${name}.`,
          );
        const hidden = parameter.type === "SecureString" && input.WithDecryption !== true;
        return {
          Parameter: {
            Name: name,
            Type: parameter.type as "String",
            Value: hidden ? ciphertextOf(found.value) : found.value,
            Version: found.version,
            LastModifiedDate: new Date(found.modifiedAt),
            ARN: arn("ssm", `parameter/${name.replace(/^\//, "")}`),
            DataType: "text",
            ...(selector === undefined ? {} : { Selector: `:${selector}` }),
          },
        };
      }),
    },
  };
}

/** A name may be an ARN, and may end in `:<version>`. */
function selectorOf(asked: string): { name: string; selector: string | undefined } {
  const plain = asked.startsWith("arn:") ? asked.replace(/^.*?:parameter/, "") : asked;
  const [name = "", selector] = plain.split(":");
  return { name, selector };
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

/** What a SecureString reads as without decryption: of no use, and never the value. */
function ciphertextOf(value: string): string {
  return createHash("sha256").update(`local ciphertext ${value}`).digest("base64");
}
