/**
 * The pages of a parameter's history. A token says after which version its page begins, so that versions which are
 * written or dropped between two pages shift nothing.
 * https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParameterHistory.html (read 2026-11)
 */
import type { GetParameterHistoryRequest } from "@aws-sdk/client-ssm";
import { AwsError } from "./aws-error.ts";
import type { ParameterVersion } from "./parameter-history.ts";

/** Most versions of a page, and what a page has when the request does not say. */
const MAX_PAGE = 50;

export interface HistoryPage {
  readonly page: readonly ParameterVersion[];
  /** Undefined on the last page. */
  readonly nextToken: string | undefined;
}

/** @param versions all that the reader may see, oldest first. @throws AwsError */
export function pageOf(
  versions: readonly ParameterVersion[],
  name: string,
  { MaxResults: size = MAX_PAGE, NextToken: token }: Omit<GetParameterHistoryRequest, "Name">,
): HistoryPage {
  if (size < 1 || size > MAX_PAGE) {
    const bound = size < 1 ? "greater than or equal to 1" : `less than or equal to ${MAX_PAGE}`;
    throw new AwsError(
      "ValidationException",
      `1 validation error detected: Value '${size}' at 'maxResults' failed to satisfy constraint: Member must have value ${bound}`,
    );
  }
  const after = token === undefined ? 0 : versionIn(token, name);
  const rest = versions.filter(({ version }) => version > after);
  const page = rest.slice(0, size);
  const last = page.at(-1);
  return {
    page,
    nextToken: last === undefined || rest.length <= size ? undefined : tokenOf(name, last.version),
  };
}

function tokenOf(name: string, version: number): string {
  return Buffer.from(JSON.stringify([name, version])).toString("base64");
}

/** @throws AwsError for anything but a token that was given out for this parameter */
function versionIn(token: string, name: string): number {
  const version = Number(/,(\d+)\]$/.exec(Buffer.from(token, "base64").toString())?.[1]);
  if (tokenOf(name, version) === token) return version;
  throw new AwsError("InvalidNextToken", "The specified token is not valid.");
}
