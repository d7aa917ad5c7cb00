import type { ITable } from "aws-cdk-lib/aws-dynamodb";
import type { IKey } from "aws-cdk-lib/aws-kms";
import type { RetentionDays } from "aws-cdk-lib/aws-logs";
import type { ITopic } from "aws-cdk-lib/aws-sns";
import type { WarmerOptions } from "../core/config.ts";
import type { LevelTopics } from "./alarms.ts";

/** The options of `warmer.config.ts`, and the parts of AWS that the warmer may be given instead of making them. */
export interface PromptCacheWarmerProps extends WarmerOptions {
  /**
   * The table to keep state in; for one that an earlier deployment left behind. It must have the partition key
   * `pk` (string), the sort key `sk` (string) and a local secondary index `byDue` with the sort key `dueAt`
   * (number) that projects all attributes; such an index can only be made together with its table. Deletion
   * protection and recovery are then yours to set. The ledger is in it: a pause and the money spent this day
   * carry over.
   *
   * @default - a new table with a generated name: on demand, recoverable to a point in time, protected, retained
   */
  readonly table?: ITable;

  /**
   * The topic that every alarm notifies. CloudWatch must be allowed to publish to it. A topic of this app gets
   * that permission here; one that is imported must have it already, and if it is encrypted, CloudWatch must
   * also be allowed to use its key.
   *
   * @default - a new topic that takes messages over TLS only, and from this account's alarms
   */
  readonly alarmTopic?: ITopic;

  /**
   * What hears of fill cost at the level `info`: somebody must look on the next business day. Same rules as for
   * `alarmTopic`, for each of the three.
   *
   * @default - `alarmTopic`
   */
  readonly infoTopic?: ITopic;

  /**
   * What hears of fill cost at the level `warning`: somebody must look within 2 hours.
   *
   * @default - `alarmTopic`
   */
  readonly warningTopic?: ITopic;

  /**
   * What hears of fill cost at the level `critical`, and of a met spend limit: somebody must look at once.
   *
   * @default - `alarmTopic`
   */
  readonly criticalTopic?: ITopic;

  /**
   * The key that the API key's parameter is encrypted with, if it is not `alias/aws/ssm`.
   *
   * @default - the AWS managed key of Parameter Store, which needs no permission
   */
  readonly apiKeyEncryptionKey?: IKey;

  /**
   * Whether a CloudWatch dashboard is made. Three of up to 50 metrics are free in an account, each further one
   * costs 3 USD a month (CloudWatch pricing, read 2026-11-21). Whoever looks at its flips and known events calls
   * `monitorFunction` for them, and needs `monitorFunction.grantInvoke`.
   *
   * @default - it is made
   */
  readonly dashboard?: boolean;

  /**
   * How long the functions' logs are kept.
   *
   * @default RetentionDays.ONE_MONTH
   */
  readonly logRetention?: RetentionDays;
}

/** The topics that were given for single levels of a spike. */
export function topicsOfLevels({
  infoTopic,
  warningTopic,
  criticalTopic,
}: PromptCacheWarmerProps): LevelTopics {
  return {
    ...(infoTopic !== undefined && { info: infoTopic }),
    ...(warningTopic !== undefined && { warning: warningTopic }),
    ...(criticalTopic !== undefined && { critical: criticalTopic }),
  };
}
