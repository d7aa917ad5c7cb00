export {
  type GuardedPrefix,
  type GuardManifest,
  guardManifest,
  parseGuardManifest,
} from "../core/release/guard-manifest.ts";
export type { UsageItem } from "../core/usage/usage-record.ts";
export { type DynamoUsageWriterOptions, dynamoUsageWriter } from "./dynamo-usage-writer.ts";
export type { After } from "./later.ts";
export { type GuardResult, type PrefixGuardOptions, prefixGuard } from "./prefix-guard.ts";
export { type PrefixRequestOptions, prefixRequest } from "./prefix-request.ts";
export { type SsmAdviceReaderOptions, ssmAdviceReader } from "./ssm-advice-reader.ts";
export { type AdviceReader, type TtlAdviceCache, type TtlAdviceOptions, ttlAdvice } from "./ttl-advice.ts";
export type { UsageWriter } from "./usage-outbox.ts";
export {
  type RecorderStats,
  type UsageRecorder,
  type UsageRecorderOptions,
  usageRecorder,
} from "./usage-recorder.ts";
