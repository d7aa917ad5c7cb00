import { QueryCommand, type QueryCommandInput } from "@aws-sdk/lib-dynamodb";
import type { PrefixStore } from "../app/ports.ts";
import type { PrefixState } from "../core/prefix-state.ts";
import { DUE_INDEX, STATE_SCHEMA } from "../core/state-kinds.ts";
import { deleteInBatches, queryAll, readInBatches, writeInBatches } from "./batches.ts";
import { groupBy } from "./group-by.ts";
import { isRetired, isRetiredKey, pageKey, pageOfKey, retiredItem, statesOf } from "./prefix-page-item.ts";
import { PrefixPages } from "./prefix-pages.ts";
import { keyOf, reading, type Table } from "./table.ts";
import { WritePace } from "./write-pace.ts";

type Item = Record<string, unknown>;

/**
 * Prefix items, listed by due time: a tick reads what is due, not what is stored. A required prefix lies in its page, an
 * optional one in an item of its own, as did every prefix before there were pages; what is read where it does not
 * belong is moved when a change of the live manifest next saves it. A crash between the two writes of a move leaves a
 * prefix in two places: it is touched once more than it must, until that change comes.
 */
export class DynamoPrefixes implements PrefixStore {
  readonly #table: Table;
  readonly #pk: string;
  readonly #pace = new WritePace();
  readonly #pages: PrefixPages;
  /** Sort keys of the items in which `all` has found each prefix, but for retired ones. */
  #places = new Map<string, readonly string[]>();

  constructor(table: Table) {
    this.#table = table;
    this.#pk = keyOf(table, "prefix");
    this.#pages = new PrefixPages(table, this.#pk, this.#pace);
  }

  async due(until: number, along?: (state: PrefixState) => boolean): Promise<PrefixState[]> {
    const items = await this.#query({
      IndexName: DUE_INDEX,
      KeyConditionExpression: "pk = :pk AND dueAt <= :until",
      ExpressionAttributeValues: { ":pk": this.#pk, ":until": until },
    });
    this.#pages.know(items);
    const isWanted = (state: PrefixState) => state.dueAt <= until || along?.(state) === true;
    return newest(items.flatMap(statesOf))
      .filter(isWanted)
      .sort((a, b) => a.dueAt - b.dueAt);
  }

  async all(): Promise<PrefixState[]> {
    const items = await this.#query({
      KeyConditionExpression: "pk = :pk",
      ExpressionAttributeValues: { ":pk": this.#pk },
    });
    this.#pages.know(items);
    const stored = items.map((item) => ({ sk: String(item["sk"]), states: statesOf(item) }));
    this.#places = placesOf(stored);
    return newest(stored.flatMap(({ states }) => states));
  }

  async some(fingerprints: readonly string[]): Promise<PrefixState[]> {
    const keys = fingerprints.map((sk) => ({ pk: this.#pk, sk }));
    const items = await reading("reading prefix items", () => readInBatches(this.#table, keys));
    return items.flatMap(statesOf).filter(({ required }) => !required);
  }

  async any(): Promise<boolean> {
    const { Count: count = 0 } = await reading("looking for prefix items", () =>
      this.#table.client.send(
        new QueryCommand({
          TableName: this.#table.name,
          KeyConditionExpression: "pk = :pk",
          ExpressionAttributeValues: { ":pk": this.#pk },
          ConsistentRead: true,
          Limit: 1,
        }),
      ),
    );
    return count > 0;
  }

  async save(states: readonly PrefixState[]): Promise<void> {
    const inPage = groupBy(
      states.filter((state) => state.page !== undefined && !isRetired(state)),
      ({ page = "" }) => page,
    );
    const retired = groupBy(states.filter(isRetired), ({ page = "" }) => page);
    const alone = states.filter(({ page }) => page === undefined);
    const items = [
      ...[...retired].map(([page, of]) => retiredItem(this.#pk, page, of)),
      ...alone.map((state) => ({
        pk: this.#pk,
        sk: state.fingerprint,
        schema: STATE_SCHEMA,
        dueAt: state.dueAt,
        state,
      })),
    ];
    await reading("writing prefix items", async () => {
      await writeInBatches(this.#table, items, this.#pace);
      await this.#pages.put(inPage);
      await this.#tidy(states);
    });
  }

  /** Removes prefixes from where they were before. It comes last: a prefix in two places is better than in none. */
  async #tidy(states: readonly PrefixState[]): Promise<void> {
    const left = states.flatMap((state) => {
      const { fingerprint } = state;
      const now = placeOf(state);
      const others = (this.#places.get(fingerprint) ?? []).filter((sk) => sk !== now);
      if (others.length > 0) this.#places.set(fingerprint, now === undefined ? [] : [now]);
      return others.map((sk) => ({ sk, fingerprint }));
    });
    const alone = left.filter(({ sk }) => pageOfKey(sk) === undefined);
    await deleteInBatches(
      this.#table,
      alone.map(({ sk }) => ({ pk: this.#pk, sk })),
      this.#pace,
    );
    const pages = groupBy(
      left.filter(({ sk }) => pageOfKey(sk) !== undefined),
      ({ sk }) => pageOfKey(sk) ?? "",
    );
    await this.#pages.remove(
      new Map([...pages].map(([page, of]) => [page, new Set(of.map(({ fingerprint }) => fingerprint))])),
    );
  }

  #query(query: Omit<QueryCommandInput, "TableName">): Promise<Item[]> {
    return reading("reading prefix items", () => queryAll(this.#table, query));
  }
}

/** Where a prefix is stored; what is retired lies in an item that nobody tidies. */
function placeOf(state: PrefixState): string | undefined {
  if (isRetired(state)) return undefined;
  return state.page === undefined ? state.fingerprint : pageKey(state.page);
}

interface Stored {
  readonly sk: string;
  readonly states: readonly PrefixState[];
}

function placesOf(stored: readonly Stored[]): Map<string, readonly string[]> {
  const places = new Map<string, readonly string[]>();
  for (const { sk, states } of stored) {
    if (isRetiredKey(sk)) continue;
    for (const { fingerprint } of states) places.set(fingerprint, [...(places.get(fingerprint) ?? []), sk]);
  }
  return places;
}

/** Each prefix once: what is served before what is retired, then as it was touched last. */
function newest(states: readonly PrefixState[]): PrefixState[] {
  const found = new Map<string, PrefixState>();
  for (const state of states) {
    const other = found.get(state.fingerprint);
    if (other === undefined || isNewer(state, other)) found.set(state.fingerprint, state);
  }
  return [...found.values()];
}

function isNewer(state: PrefixState, other: PrefixState): boolean {
  if (isRetired(state) !== isRetired(other)) return isRetired(other);
  const [used, usedOther] = [state.lastStart ?? 0, other.lastStart ?? 0];
  return used > usedOther || (used === usedOther && state.page !== undefined && other.page === undefined);
}
