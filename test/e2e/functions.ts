import { InvokeCommand, type LambdaClient } from "@aws-sdk/client-lambda";

/** Invokes a function and waits for its end. @returns its answer, or the error that it ended with */
export async function invokeFunction(lambda: LambdaClient, name: string, event: unknown): Promise<unknown> {
  const { Payload: payload } = await lambda.send(
    new InvokeCommand({ FunctionName: name, Payload: JSON.stringify(event) }),
  );
  return JSON.parse(Buffer.from(payload ?? "").toString("utf8"));
}

/** The outcome in a function's answer; an error that it threw begins with one too. */
export function outcomeOf(answer: unknown): string {
  const { outcome, errorMessage } = (answer ?? {}) as {
    readonly outcome?: string;
    readonly errorMessage?: string;
  };
  return outcome ?? errorMessage?.split(":")[0] ?? "no outcome";
}
