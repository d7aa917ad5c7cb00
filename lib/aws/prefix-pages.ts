import { ConditionalCheckFailedException } from "@aws-sdk/client-dynamodb";
import { PutCommand } from "@aws-sdk/lib-dynamodb";
import pMap from "p-map";
import { StateUnreadable } from "../app/errors.ts";
import type { PrefixState } from "../core/prefix-state.ts";
import { deleteInBatches, readInBatches } from "./batches.ts";
import { pageItem, pageKey, pageOfKey, revisionOf, statesOf } from "./prefix-page-item.ts";
import type { Table } from "./table.ts";
import type { WritePace } from "./write-pace.ts";

type Item = Record<string, unknown>;

const PAGES_AT_ONCE = 8;

/** Two runs hardly ever meet at a page: the lease keeps them apart. */
const MAX_ATTEMPTS = 5;

/**
 * Writes pages. A page is replaced as a whole, on the condition that it still is what was read of it; else it is read
 * again, and what is to be changed is changed in that: of two runs that overlap neither undoes what the other has
 * learned of the page's other prefixes.
 */
export class PrefixPages {
  readonly #table: Table;
  readonly #pk: string;
  readonly #pace: WritePace;
  /** The items of pages as they were read or written last. */
  readonly #known = new Map<string, Item>();

  constructor(table: Table, pk: string, pace: WritePace) {
    this.#table = table;
    this.#pk = pk;
    this.#pace = pace;
  }

  /** These items have just been read. */
  know(items: readonly Item[]): void {
    for (const item of items) {
      const page = pageOfKey(String(item["sk"]));
      if (page !== undefined) this.#known.set(page, item);
    }
  }

  /** Puts prefixes into their pages, in place of what was there of them. */
  async put(states: ReadonlyMap<string, readonly PrefixState[]>): Promise<void> {
    await this.#readUnknown([...states.keys()]);
    const put = ([page, changed]: readonly [string, readonly PrefixState[]]) =>
      this.#update(page, (known) => {
        const all = new Map([...known, ...changed].map((state) => [state.fingerprint, state]));
        return [...all.values()];
      });
    await pMap(states, put, { concurrency: PAGES_AT_ONCE });
  }

  /** Takes prefixes out of their pages, by fingerprint. A page without any is deleted. */
  async remove(fingerprints: ReadonlyMap<string, ReadonlySet<string>>): Promise<void> {
    await this.#readUnknown([...fingerprints.keys()]);
    const empty: Item[] = [];
    await pMap(
      fingerprints,
      async ([page, gone]) => {
        const isKept = ({ fingerprint }: PrefixState) => !gone.has(fingerprint);
        if (this.#statesOf(page).some(isKept)) await this.#update(page, (known) => known.filter(isKept));
        else empty.push({ pk: this.#pk, sk: pageKey(page) });
      },
      { concurrency: PAGES_AT_ONCE },
    );
    await deleteInBatches(this.#table, empty, this.#pace);
    for (const { sk } of empty) this.#known.delete(pageOfKey(String(sk)) ?? "");
  }

  async #update(
    page: string,
    change: (known: readonly PrefixState[]) => readonly PrefixState[],
  ): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      const before = this.#known.get(page);
      const revision = before === undefined ? undefined : revisionOf(before);
      const item = pageItem(this.#pk, page, change(this.#statesOf(page)), (revision ?? 0) + 1);
      await this.#pace.turn([item]);
      try {
        await this.#table.client.send(
          new PutCommand({
            TableName: this.#table.name,
            Item: item,
            ...(revision === undefined
              ? { ConditionExpression: "attribute_not_exists(pk)" }
              : {
                  ConditionExpression: "revision = :revision",
                  ExpressionAttributeValues: { ":revision": revision },
                }),
          }),
        );
        this.#known.set(page, item);
        return;
      } catch (error) {
        if (!(error instanceof ConditionalCheckFailedException)) throw error;
        if (attempt === MAX_ATTEMPTS)
          throw new StateUnreadable(
            `a page of prefixes was changed by somebody else ${attempt} times in a row`,
          );
        this.#known.delete(page);
        await this.#readUnknown([page]);
      }
    }
  }

  async #readUnknown(pages: readonly string[]): Promise<void> {
    const keys = pages
      .filter((page) => !this.#known.has(page))
      .map((page) => ({ pk: this.#pk, sk: pageKey(page) }));
    if (keys.length > 0) this.know(await readInBatches(this.#table, keys));
  }

  #statesOf(page: string): PrefixState[] {
    const item = this.#known.get(page);
    return item === undefined ? [] : statesOf(item);
  }
}
