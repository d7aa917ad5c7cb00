import { itemBytes, READ_UNIT, units, type WireItem, WRITE_UNIT } from "./item-size.ts";

/** A request to DynamoDB as far as its price goes. */
export interface TableRequest {
  readonly operation: string;
  readonly input: Input;
}

interface Input {
  readonly TableName?: string;
  readonly IndexName?: string;
  readonly Item?: WireItem;
  readonly ConsistentRead?: boolean;
  readonly RequestItems?: Readonly<Record<string, unknown>>;
}

interface Output {
  readonly Item?: WireItem;
  readonly Items?: readonly WireItem[];
  readonly Responses?: Readonly<Record<string, readonly WireItem[]>>;
  readonly UnprocessedItems?: Readonly<Record<string, readonly unknown[]>>;
}

type WriteOf = {
  readonly PutRequest?: { readonly Item: WireItem };
  readonly DeleteRequest?: { readonly Key: WireItem };
};

/** One item to be written, and what that is billed: the item, and its entry in the index by due time. */
export interface Write {
  readonly key: string;
  readonly partition: string;
  readonly units: number;
  readonly dueAt: string | undefined;
  readonly bytes: number;
}

/**
 * What requests are billed, by what the index holds: a new entry is a put; a changed due time a delete and a put
 * (developer guide, local secondary indexes, read 2026-11). dynalite counts no index, so this does.
 */
export class TableUnits {
  readonly #stored = new Map<string, { readonly dueAt: string | undefined; readonly bytes: number }>();

  /** The items that a request writes. */
  writesOf({ operation, input }: TableRequest): Write[] {
    if (operation === "PutItem" && input.Item !== undefined) return [this.#put(input.Item)];
    if (operation !== "BatchWriteItem") return [];
    const [requests = []] = Object.values(input.RequestItems ?? {}) as WriteOf[][];
    return requests.flatMap(({ PutRequest: put, DeleteRequest: remove }) => [
      ...(put === undefined ? [] : [this.#put(put.Item)]),
      ...(remove === undefined ? [] : [this.#remove(remove.Key)]),
    ]);
  }

  /** What was written is there from now on. */
  wrote(writes: readonly Write[]): void {
    for (const { key, dueAt, bytes } of writes) {
      if (bytes === 0) this.#stored.delete(key);
      else this.#stored.set(key, { dueAt, bytes });
    }
  }

  /** What an answer to a read is billed: halves if it need not be consistent. */
  readUnits({ operation, input }: TableRequest, output: Output): number {
    const share = (isConsistent: boolean | undefined) => (isConsistent === true ? 1 : 0.5);
    const sum = (items: readonly WireItem[]) => items.reduce((bytes, item) => bytes + itemBytes(item), 0);
    switch (operation) {
      case "GetItem":
        return (
          units(output.Item === undefined ? 0 : itemBytes(output.Item), READ_UNIT) *
          share(input.ConsistentRead)
        );
      case "Query":
        return units(sum(output.Items ?? []), READ_UNIT) * share(input.ConsistentRead);
      case "BatchGetItem": {
        const [asked] = Object.values(input.RequestItems ?? {}) as {
          readonly Keys: readonly unknown[];
          readonly ConsistentRead?: boolean;
        }[];
        const [found = []] = Object.values(output.Responses ?? {});
        const missing = (asked?.Keys.length ?? 0) - found.length;
        const read = found.reduce((all, item) => all + units(itemBytes(item), READ_UNIT), missing);
        return read * share(asked?.ConsistentRead);
      }
      default:
        return 0;
    }
  }

  #put(item: WireItem): Write {
    const key = keyOf(item);
    const before = this.#stored.get(key);
    const bytes = itemBytes(item);
    const dueAt = item["dueAt"]?.["N"] as string | undefined;
    const itself = units(Math.max(bytes, before?.bytes ?? 0), WRITE_UNIT);
    const removed =
      before?.dueAt !== undefined && before.dueAt !== dueAt ? units(before.bytes, WRITE_UNIT) : 0;
    const added = dueAt === undefined ? 0 : units(bytes, WRITE_UNIT);
    return { key, partition: partitionOf(item), units: itself + removed + added, dueAt, bytes };
  }

  #remove(item: WireItem): Write {
    const key = keyOf(item);
    const before = this.#stored.get(key);
    const size = units(before?.bytes ?? 0, WRITE_UNIT);
    const all = before?.dueAt === undefined ? size : 2 * size;
    return { key, partition: partitionOf(item), units: all, dueAt: undefined, bytes: 0 };
  }
}

function partitionOf(item: WireItem): string {
  return String(item["pk"]?.["S"]);
}

function keyOf(item: WireItem): string {
  return `${partitionOf(item)} ${item["sk"]?.["S"]}`;
}
