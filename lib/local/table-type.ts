/** A DynamoDB table as a template may describe it. */
import * as z from "zod/mini";
import { arn } from "./account.ts";

const text = z.string();
const unmodelled = z.optional(z.unknown());

const keySchema = z.array(z.strictObject({ AttributeName: text, KeyType: z.enum(["HASH", "RANGE"]) }));

export const table = {
  named: "TableName",
  identity: (name: string) => ({ Ref: name, Arn: arn("dynamodb", `table/${name}`) }),
};

export const tableProperties = {
  TableName: z.optional(text),
  KeySchema: keySchema,
  LocalSecondaryIndexes: z.optional(
    z.array(
      z.strictObject({
        IndexName: text,
        KeySchema: keySchema,
        Projection: z.strictObject({ ProjectionType: z.enum(["ALL", "KEYS_ONLY"]) }),
      }),
    ),
  ),
  AttributeDefinitions: z.array(
    z.strictObject({ AttributeName: text, AttributeType: z.enum(["S", "N", "B"]) }),
  ),
  // Others need capacity figures, which a simulated table has no use for.
  BillingMode: z.literal("PAY_PER_REQUEST"),
  PointInTimeRecoverySpecification: unmodelled,
  DeletionProtectionEnabled: unmodelled,
  SSESpecification: unmodelled,
  // AWS deletes expired items "within a few days": a program may not rely on it, so nothing expires here.
  TimeToLiveSpecification: unmodelled,
  Tags: unmodelled,
};
