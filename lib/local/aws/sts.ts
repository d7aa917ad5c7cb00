/** Who is asking: every access key of the local engine is a user of that name. */
import type { GetCallerIdentityRequest, GetCallerIdentityResponse } from "@aws-sdk/client-sts";
import { ACCOUNT, userArn } from "../account.ts";
import { type Handlers, handler } from "./handler.ts";

export const stsHandlers: Handlers = {
  GetCallerIdentity: handler<GetCallerIdentityRequest, GetCallerIdentityResponse>(
    [],
    (_input, { caller }) => ({
      Account: ACCOUNT,
      UserId: caller,
      Arn: userArn(caller),
    }),
  ),
};
