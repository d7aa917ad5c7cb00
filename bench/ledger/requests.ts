import { startTable } from "./table.ts";
import { BenchWarmer } from "./warmer.ts";

/** After this long every 5m prefix that was touched at once is due again, and none has expired. */
const UNTIL_DUE_MS = 230_000;

/** dynalite loses an item now and then where a page of an index query ends; the tick is whole but for those. */
const LEAST_TOUCHED = 0.999;

/**
 * DynamoDB requests per touched prefix in one tick of keep-alives, with so many prefixes due: the control item, the
 * manifest's header, the query, prompt bodies, every reservation and settlement, and the batches that are written.
 *
 * @throws Error if the tick did not touch them
 */
export async function requestsPerPrefix(prefixes: number): Promise<number> {
  const { table, requests, close } = await startTable();
  try {
    const warmer = new BenchWarmer(table);
    await warmer.publish(prefixes);
    const first = await warmer.run();
    if (first.keepAlives !== prefixes)
      throw new Error(`the first tick must fill and prove ${prefixes} prefixes: ${JSON.stringify(first)}`);
    warmer.pass(UNTIL_DUE_MS);
    const before = requests();
    const report = await warmer.run();
    if (report.outcome !== "warmed" || report.keepAlives < LEAST_TOUCHED * prefixes)
      throw new Error(`the tick must read ${prefixes} prefixes: ${JSON.stringify(report)}`);
    return (requests() - before) / report.keepAlives;
  } finally {
    await close();
  }
}
