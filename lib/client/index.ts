export {
  type GuardedPrefix,
  type GuardManifest,
  guardManifest,
  parseGuardManifest,
} from "../core/release/guard-manifest.ts";
export type { UsageItem } from "../core/usage/usage-record.ts";
export { type DynamoUsageWriterOptions, dynamoUsageWriter } from "./dynamo-usage-writer.ts";
export { type GuardResult, type PrefixGuardOptions, prefixGuard } from "./prefix-guard.ts";
export { prefixRequest } from "./prefix-request.ts";
export type { After, UsageWriter } from "./usage-outbox.ts";
export {
  type RecorderStats,
  type UsageRecorder,
  type UsageRecorderOptions,
  usageRecorder,
} from "./usage-recorder.ts";
