import { AttributeType, BillingMode, type ITable, ProjectionType, Table } from "aws-cdk-lib/aws-dynamodb";
import { RemovalPolicy } from "aws-cdk-lib/core";
import type { Construct } from "constructs";
import { DUE_INDEX, EXPIRY_ATTRIBUTE } from "../core/state-kinds.ts";

/**
 * The one table of state. It holds the ledger, so it outlives a rollback, a renamed construct and the stack
 * itself; its name is generated, because a retained table with a fixed name would block the next deployment.
 */
export function createStateTable(scope: Construct): ITable {
  const table = new Table(scope, "State", {
    partitionKey: { name: "pk", type: AttributeType.STRING },
    sortKey: { name: "sk", type: AttributeType.STRING },
    billingMode: BillingMode.PAY_PER_REQUEST,
    pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
    deletionProtection: true,
    // Minutes of usage, answered gates and known events; nothing that money hangs on carries the attribute.
    timeToLiveAttribute: EXPIRY_ATTRIBUTE,
    removalPolicy: RemovalPolicy.RETAIN,
  });
  table.addLocalSecondaryIndex({
    indexName: DUE_INDEX,
    sortKey: { name: "dueAt", type: AttributeType.NUMBER },
    projectionType: ProjectionType.ALL,
  });
  return table;
}
