import { Grant, type IGrantable } from "aws-cdk-lib/aws-iam";

/** One permission, whoever gets it. */
export interface Permission {
  readonly actions: string[];
  readonly resourceArns: string[];
  readonly conditions?: Record<string, Record<string, unknown>>;
}

/** Gives all of them to one grantee, as one grant. */
export function grantAll(grantee: IGrantable, permissions: readonly Permission[]): Grant {
  return permissions
    .map((permission) => Grant.addToPrincipal({ grantee, ...permission }))
    .reduce((all, grant) => all.combine(grant), Grant.drop(grantee, "nothing yet"));
}

/** Reads one parameter by its exact ARN. Never by path: a path read also returns what is denied one by one. */
export function readParameter(arn: string): Permission {
  return { actions: ["ssm:GetParameter"], resourceArns: [arn] };
}

/** When a parameter became what it is. Not for the key: a history would also give out the keys before it. */
export function readHistory(arn: string): Permission {
  return { actions: ["ssm:GetParameterHistory"], resourceArns: [arn] };
}

/** Runs one function, by its own name alone: no version and no alias of it. */
export function invoke(functionArn: string): Permission {
  return { actions: ["lambda:InvokeFunction"], resourceArns: [functionArn] };
}
