/** The one account and region that the local engine pretends to be. */

/** AWS's own example account number: never a real caller's. */
export const ACCOUNT = "123456789012";
export const REGION = "us-east-1";

/** `arn:aws:<service>:<region>:<account>:<resource>`. */
export function arn(service: string, resource: string): string {
  return `arn:aws:${service}:${REGION}:${ACCOUNT}:${resource}`;
}

/** Who the local engine takes the holder of this access key for. */
export function userArn(caller: string): string {
  return `arn:aws:iam::${ACCOUNT}:user/${caller}`;
}

/** The last part of an ARN, or the text itself when it is a plain name. */
export function nameFromArn(arnOrName: string): string {
  return arnOrName.split(":").at(-1) ?? arnOrName;
}

/** EventBridge and SQS times carry no fraction: `2026-11-21T03:44:00Z`. */
export function secondsIso(at: number): string {
  return `${new Date(at).toISOString().slice(0, 19)}Z`;
}
