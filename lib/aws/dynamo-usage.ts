import type { UsageReader } from "../app/ports.ts";
import { STATE_SCHEMA } from "../core/state-kinds.ts";
import { parseUsageItem } from "../core/usage/usage-item.ts";
import { type UsageRecord, usageRanges } from "../core/usage/usage-record.ts";
import { queryAll } from "./batches.ts";
import { reading, type Table } from "./table.ts";

/** The application's records, one partition for each UTC hour: a look at fifteen minutes reads one or two of them. */
export class DynamoUsage implements UsageReader {
  readonly #table: Table;

  constructor(table: Table) {
    this.#table = table;
  }

  async between(from: number, to: number): Promise<UsageRecord[]> {
    const records: UsageRecord[] = [];
    for (const range of usageRanges(from, to, this.#table.partition)) {
      const items = await reading("reading usage records", () =>
        queryAll(this.#table, {
          KeyConditionExpression: "pk = :pk AND sk BETWEEN :from AND :to",
          ExpressionAttributeValues: { ":pk": range.pk, ":from": range.from, ":to": range.to },
        }),
      );
      records.push(...items.map(toRecord));
    }
    return records;
  }
}

/**
 * The application writes these, so a damaged or newer one must not silence the gauges of everything else: it counts as
 * a lost request, which status shows.
 */
function toRecord(item: Record<string, unknown>): UsageRecord {
  const record = item["schema"] === STATE_SCHEMA ? parseUsageItem(item) : "of another schema";
  return typeof record === "string"
    ? { minute: 0, writer: "damaged", part: 0, lost: 1, prefixes: [] }
    : record;
}
