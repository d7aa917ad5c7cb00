import { GetFunctionConfigurationCommand, InvokeCommand } from "@aws-sdk/client-lambda";
import type { Clients } from "./clients.ts";

/** Invokes a function and waits for its outcome; an error that it threw begins with one too. */
export async function invoke({ lambda }: Clients, name: string, event: unknown): Promise<string> {
  const { Payload: payload } = await lambda.send(
    new InvokeCommand({ FunctionName: name, Payload: JSON.stringify(event) }),
  );
  const { outcome, errorMessage } = JSON.parse(Buffer.from(payload ?? "").toString("utf8")) as {
    readonly outcome?: string;
    readonly errorMessage?: string;
  };
  return outcome ?? errorMessage?.split(":")[0] ?? "no outcome";
}

/** How a function is deployed: its role's name and its variables. */
export async function readFunction(
  { lambda }: Clients,
  name: string,
): Promise<{ role: string; variables: Readonly<Record<string, string>> }> {
  const { Role: arn = "", Environment: environment } = await lambda.send(
    new GetFunctionConfigurationCommand({ FunctionName: name }),
  );
  return { role: arn.split("/").at(-1) ?? "", variables: environment?.Variables ?? {} };
}
