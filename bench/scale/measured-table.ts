import { createServer, request as httpRequest, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { type TableRequest, TableUnits, type Write } from "./table-units.ts";

/** What DynamoDB was asked, and what it would bill. */
export interface Consumed {
  /** Requests by operation, retried ones included. */
  readonly requests: Readonly<Record<string, number>>;
  readonly writeUnits: number;
  /** Of the partition key that was written most. */
  readonly hottestWriteUnits: number;
  readonly readUnits: number;
  /** Requests, or items of a batch, that were refused because their partition key was written too fast. */
  readonly throttled: number;
  /** The most units of one partition key in one second. */
  readonly peakWriteUnits: number;
}

export interface MeasuredTable {
  /** The value of AWS_ENDPOINT_URL for whoever is measured. */
  readonly url: string;
  /** What was consumed since the last look. */
  take(): Consumed;
  /** Whether writes are refused beyond the limit of a partition key. */
  limits: boolean;
  close(): Promise<void>;
}

/**
 * Write units that a partition key takes in a second. With a local secondary index all items of a key are taken to stay
 * in one partition (lib/aws/write-pace.ts says why), which never takes more (DynamoDB developer guide, "warm throughput
 * in different scenarios", read 2026-11-29). What DynamoDB may lend from the seconds before is not modelled: nothing may
 * depend on it.
 */
const WRITE_UNITS_PER_SECOND = 1_000;

/**
 * Stands before an AWS endpoint, hands every request on, counts what DynamoDB would bill for it, and refuses writes
 * beyond the limit of a partition key as DynamoDB does: a single one by an error, those of a batch as unprocessed.
 */
export async function startMeasuredTable(upstream: string): Promise<MeasuredTable> {
  const table = new TableUnits();
  let count = new Count();
  const seconds = new Map<string, { second: number; units: number }>();
  const measured = { limits: false };

  const admits = ({ partition, units }: Write): boolean => {
    const second = Math.floor(Date.now() / 1000);
    const now = seconds.get(partition);
    const used = now?.second === second ? now.units : 0;
    // A write that began within the limit goes through: DynamoDB, too, counts after the fact.
    if (measured.limits && used >= WRITE_UNITS_PER_SECOND) return false;
    seconds.set(partition, { second, units: used + units });
    count.wrote(partition, units, used + units);
    return true;
  };

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await bytesOf(request);
    const asked = tableRequestOf(request, body);
    if (asked === undefined) return pass(upstream, request, body, response);
    count.asked(asked.operation);
    const writes = table.writesOf(asked);
    const admitted = writes.filter(admits);
    const refused = writes.length - admitted.length;
    count.throttled += refused;
    if (refused > 0 && asked.operation === "PutItem") return throttle(response);
    const { body: sent, left } = withoutRefused(asked, body, writes, admitted);
    if (admitted.length === 0 && refused > 0) return reply(response, 200, { UnprocessedItems: left });
    const { status, body: answered, headers } = await ask(upstream, request, sent);
    const output = JSON.parse(answered.toString("utf8")) as Record<string, unknown>;
    if (status === 200) {
      table.wrote(admitted);
      count.readUnits += table.readUnits(asked, output);
    }
    if (left === undefined) response.writeHead(status, headers).end(answered);
    else reply(response, 200, { UnprocessedItems: left });
  };

  const server = createServer((request, response) => {
    response.sendDate = false;
    answer(request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return Object.assign(measured, {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    take: () => {
      const taken = count.consumed();
      count = new Count();
      return taken;
    },
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  });
}

class Count {
  readonly #requests: Record<string, number> = {};
  readonly #written = new Map<string, number>();
  #peak = 0;
  readUnits = 0;
  throttled = 0;

  asked(operation: string): void {
    this.#requests[operation] = (this.#requests[operation] ?? 0) + 1;
  }

  wrote(partition: string, units: number, inThisSecond: number): void {
    this.#written.set(partition, (this.#written.get(partition) ?? 0) + units);
    this.#peak = Math.max(this.#peak, inThisSecond);
  }

  consumed(): Consumed {
    const written = [...this.#written.values()];
    return {
      requests: this.#requests,
      writeUnits: written.reduce((sum, units) => sum + units, 0),
      hottestWriteUnits: Math.max(0, ...written),
      readUnits: this.readUnits,
      throttled: this.throttled,
      peakWriteUnits: this.#peak,
    };
  }
}

function tableRequestOf({ headers }: IncomingMessage, body: Buffer): TableRequest | undefined {
  const [service, operation] = String(headers["x-amz-target"] ?? "").split(".");
  if (service === undefined || operation === undefined || !service.startsWith("DynamoDB_")) return undefined;
  return { operation, input: JSON.parse(body.toString("utf8")) as TableRequest["input"] };
}

/** A batch without the items that are refused, and these. */
function withoutRefused(
  { input }: TableRequest,
  body: Buffer,
  writes: readonly Write[],
  admitted: readonly Write[],
): { readonly body: Buffer; readonly left?: Record<string, unknown[]> } {
  if (admitted.length === writes.length) return { body };
  const [[name, requests] = ["", []]] = Object.entries(input.RequestItems ?? {}) as [string, unknown[]][];
  const passes = new Set(admitted);
  const split = (isIn: boolean) => requests.filter((_, i) => passes.has(writes[i] as Write) === isIn);
  return {
    body: Buffer.from(JSON.stringify({ ...input, RequestItems: { [name]: split(true) } })),
    left: { [name]: split(false) },
  };
}

function throttle(response: ServerResponse): void {
  const type = "com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException";
  const message = "The level of configured provisioned throughput for the table was exceeded.";
  reply(response, 400, { __type: type, message });
}

function reply(response: ServerResponse, status: number, answer: object): void {
  response.writeHead(status, { "content-type": "application/x-amz-json-1.0" }).end(JSON.stringify(answer));
}

async function pass(
  upstream: string,
  request: IncomingMessage,
  body: Buffer,
  response: ServerResponse,
): Promise<void> {
  const answered = await ask(upstream, request, body);
  response.writeHead(answered.status, answered.headers).end(answered.body);
}

interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage["headers"];
  readonly body: Buffer;
}

/** The same request with another body. */
function ask(upstream: string, { method, url, headers }: IncomingMessage, body: Buffer): Promise<Answer> {
  const { "transfer-encoding": _chunked, ...rest } = headers;
  return new Promise((resolve, reject) => {
    const options = { method, headers: { ...rest, "content-length": String(body.length) } };
    const sent = httpRequest(new URL(url ?? "/", upstream), options, (response) => {
      bytesOf(response).then((bytes) => {
        const { statusCode: status = 500, headers: answered } = response;
        // Its checksum is of the bytes, which stay; how they were cut into chunks does not.
        const { "transfer-encoding": _cut, connection: _its, ...kept } = answered;
        resolve({ status, headers: kept, body: bytes });
      }, reject);
    });
    sent.on("error", reject);
    sent.end(body);
  });
}

async function bytesOf(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of message as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks);
}
