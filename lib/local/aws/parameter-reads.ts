/** Reading parameters: at the reader's instant, by name or ARN, SecureStrings in clear only when asked. */
import { createHash } from "node:crypto";
import type {
  GetParameterHistoryRequest,
  GetParameterHistoryResult,
  GetParameterRequest,
  GetParameterResult,
  ParameterHistory as HistoryEntry,
} from "@aws-sdk/client-ssm";
import { arn, userArn } from "../account.ts";
import { AwsError } from "./aws-error.ts";
import { type Handlers, handler } from "./handler.ts";
import type { ParameterVersion } from "./parameter-history.ts";
import { pageOf } from "./parameter-page.ts";

/** The versions of a parameter at an instant, of which there is at least one. @throws AwsError */
export type FindParameter = (
  name: string,
  instant: number,
) => { readonly versions: readonly ParameterVersion[]; readonly latest: ParameterVersion };

/** The operations that read a parameter. */
export function parameterReads(find: FindParameter): Handlers {
  return {
    GetParameter: handler<GetParameterRequest, GetParameterResult>(
      ["Name", "WithDecryption"],
      (input, { at }) => {
        const { name, selector } = selectorOf(input.Name ?? "");
        const { versions, latest } = find(name, at);
        const found =
          selector === undefined ? latest : versions.find(({ version }) => String(version) === selector);
        if (found === undefined)
          throw new AwsError(
            "ParameterVersionNotFound",
            `Systems Manager could not find version ${selector} of ${name}.`,
          );
        return {
          Parameter: {
            ...entryOf(name, found, input.WithDecryption),
            ARN: arnOf(name),
            ...(selector === undefined ? {} : { Selector: `:${selector}` }),
          },
        };
      },
    ),
    GetParameterHistory: handler<GetParameterHistoryRequest, GetParameterHistoryResult>(
      ["Name", "WithDecryption", "MaxResults", "NextToken"],
      (input, { at }) => {
        const name = nameOf(input.Name ?? "");
        const { page, nextToken } = pageOf(find(name, at).versions, name, input);
        return {
          Parameters: page.map((version) => ({
            ...entryOf(name, version, input.WithDecryption),
            LastModifiedUser: userArn(version.modifiedBy),
            ...(version.description === undefined ? {} : { Description: version.description }),
            ...(version.allowedPattern === undefined ? {} : { AllowedPattern: version.allowedPattern }),
            Tier: "Standard" as const,
          })),
          ...(nextToken === undefined ? {} : { NextToken: nextToken }),
        };
      },
    ),
  };
}

/** What a read of one version and its line in a history have in common. */
function entryOf(name: string, found: ParameterVersion, withDecryption: boolean | undefined): HistoryEntry {
  const hidden = found.type === "SecureString" && withDecryption !== true;
  return {
    Name: name,
    Type: found.type as "String",
    Value: hidden ? ciphertextOf(found.value) : found.value,
    Version: found.version,
    LastModifiedDate: new Date(found.modifiedAt),
    DataType: "text",
  };
}

/** The parameter's ARN, in which a leading slash of its name is not doubled. */
export function arnOf(name: string): string {
  return arn("ssm", `parameter/${name.replace(/^\//, "")}`);
}

/** The name that a read asks for, without a version. */
export function parameterNameOf(asked: string): string {
  return selectorOf(asked).name;
}

/** A name may be an ARN. */
function nameOf(asked: string): string {
  return asked.startsWith("arn:") ? asked.replace(/^.*?:parameter/, "") : asked;
}

/** A name may end in `:<version>`. */
function selectorOf(asked: string): { name: string; selector: string | undefined } {
  const [name = "", selector] = nameOf(asked).split(":");
  return { name, selector };
}

/** What a SecureString reads as without decryption: of no use, and never the value. */
function ciphertextOf(value: string): string {
  return createHash("sha256").update(`local ciphertext ${value}`).digest("base64");
}
