import type { PublishInput } from "@aws-sdk/client-sns";
import { AwsError } from "./aws-error.ts";

/** A message for each protocol: JSON with a `default`. API reference of Publish, read 2026-11-21. */
export function messageOf({ Message: message = "", MessageStructure: structure }: PublishInput) {
  if (structure === undefined) return { message };
  const texts: unknown = structure === "json" ? parsed(message) : undefined;
  const isComplete = typeof texts === "object" && texts !== null && "default" in texts;
  if (!isComplete) {
    throw new AwsError("InvalidParameter", "Invalid parameter: Message Structure - no default entry in JSON");
  }
  const byProtocol = texts as Record<string, string>;
  return { message: byProtocol["default"] ?? "", byProtocol };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
