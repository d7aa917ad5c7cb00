/**
 * The server side of the AWS wire protocols. Nothing here knows a shape: the SDK clients export the schema of
 * each operation, and the SDK's own codecs read requests and write answers by it. That those exports stay what
 * they are is pinned by test/local/wire.test.ts.
 */
import { JsonCodec2, XmlCodec } from "@aws-sdk/core/protocols";
import { NormalizedSchema } from "@smithy/core/schema";
import type { $SchemaRef, StaticOperationSchema, StaticStructureSchema } from "@smithy/types";
import type { AwsError } from "./aws-error.ts";

/** A request as it came from the socket, headers in lower case. */
export interface WireRequest {
  readonly method: string;
  /** Path without the query string. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
}

export interface WireReply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array;
}

/** One service's protocol, bound to the operation schemas of its client. */
export interface Wire {
  /** The operation that a request names, whether the schema knows it or not; undefined if it names none. */
  operationOf(request: WireRequest): string | undefined;
  knows(operation: string): boolean;
  decode(operation: string, request: WireRequest): Promise<Readonly<Record<string, unknown>>>;
  encode(operation: string, output: unknown): WireReply;
  encodeError(error: AwsError): WireReply;
}

/** AWS JSON 1.0 and 1.1: one path, the operation in `x-amz-target`. */
export function jsonWire(client: object, version: "1.0" | "1.1"): Wire {
  const operations = operationsOf(client);
  const headers = { "content-type": `application/x-amz-json-${version}` };
  return {
    operationOf: (request) => header(request, "x-amz-target")?.split(".").at(-1),
    knows: (operation) => operations.has(operation),
    decode: (operation, request) => readJson(schemaOf(operations, operation)[4], request.body),
    encode: (operation, output) => ({
      status: 200,
      headers,
      body: writeJson(schemaOf(operations, operation)[5], output),
    }),
    encodeError: (error) => ({
      status: error.status,
      // The second header is what clients of the former Query services (CloudWatch) read.
      headers: { ...headers, "x-amzn-query-error": `${error.code};${faultOf(error)}` },
      body: JSON.stringify({ __type: error.code, message: error.message }),
    }),
  };
}

/** AWS Query: a form in, XML out. */
export function queryWire(client: object, xmlNamespace: string): Wire {
  const operations = operationsOf(client);
  const codec = new XmlCodec({
    timestampFormat: { useTrait: true, default: 5 },
    httpBindings: false,
    xmlNamespace,
    serviceNamespace: xmlNamespace,
  });
  const deserializer = codec.createDeserializer();
  const serializer = codec.createSerializer();
  const write = (schema: StaticStructureSchema, value: unknown) => {
    serializer.write(schema, value);
    return serializer.flush();
  };
  const headers = { "content-type": "text/xml" };
  return {
    operationOf: (request) => new URLSearchParams(request.body.toString()).get("Action") ?? undefined,
    knows: (operation) => operations.has(operation),
    decode: async (operation, request) =>
      deserializer.readSchema(
        NormalizedSchema.of(schemaOf(operations, operation)[4]),
        formToTree(new URLSearchParams(request.body.toString())),
      ),
    encode: (operation, output) => {
      const result = `${operation}Result`;
      const schema = struct(`${operation}Response`, { [result]: schemaOf(operations, operation)[5] });
      return { status: 200, headers, body: write(schema, { [result]: output }) };
    },
    encodeError: (error) => {
      const inner = struct("Error", { Type: 0, Code: 0, Message: 0 });
      const value = { Error: { Type: faultOf(error), Code: error.code, Message: error.message } };
      return {
        status: error.status,
        headers,
        body: write(struct("ErrorResponse", { Error: () => inner }), value),
      };
    },
  };
}

/** AWS REST-JSON: method and path name the operation; members live in path, query, headers or body. */
export function restWire(client: object): Wire {
  const operations = operationsOf(client);
  const routes = [...operations].map(([name, schema]) => ({ name, ...routeOf(schema) }));
  const match = (request: WireRequest) =>
    routes.find((route) => route.method === request.method && route.pattern.test(request.path));
  return {
    operationOf: (request) => match(request)?.name,
    knows: (operation) => operations.has(operation),
    decode: async (operation, request) => {
      const input: Record<string, unknown> = {};
      const labels = match(request)?.pattern.exec(request.path)?.groups ?? {};
      for (const [name, member] of membersOf(schemaOf(operations, operation)[4])) {
        const { httpLabel, httpHeader, httpQuery, httpPayload } = member.getMergedTraits();
        if (httpLabel) input[name] = decodeURIComponent(labels[name] ?? "");
        else if (httpHeader) input[name] = header(request, httpHeader.toLowerCase());
        else if (httpQuery) input[name] = request.query.get(httpQuery) ?? undefined;
        else if (httpPayload) input[name] = new Uint8Array(request.body);
        else
          throw new Error(
            `${operation}.${name} is a member in a JSON body, which no operation used here has.`,
          );
      }
      return input;
    },
    encode: (operation, output) => {
      const headers: Record<string, string> = { "content-type": "application/json" };
      let status = 200;
      let body: string | Uint8Array = "";
      const values = output as Record<string, unknown>;
      for (const [name, member] of membersOf(schemaOf(operations, operation)[5])) {
        const { httpHeader, httpPayload, httpResponseCode } = member.getMergedTraits();
        const value = values[name];
        if (value === undefined) continue;
        if (httpResponseCode) status = value as number;
        else if (httpHeader) headers[httpHeader] = String(value);
        else if (httpPayload) body = value as Uint8Array;
        else
          throw new Error(
            `${operation}.${name} is a member in a JSON body, which no operation used here has.`,
          );
      }
      return { status, headers, body };
    },
    encodeError: (error) => ({
      status: error.status,
      headers: { "content-type": "application/json", "x-amzn-errortype": error.code },
      body: JSON.stringify({ Type: faultOf(error), message: error.message }),
    }),
  };
}

// --- schemas ---

type Operations = ReadonlyMap<string, StaticOperationSchema>;

function operationsOf(client: object): Operations {
  const schemas = Object.values(client).filter(
    (value): value is StaticOperationSchema => Array.isArray(value) && value[0] === 9,
  );
  return new Map(schemas.map((schema) => [schema[2], schema]));
}

function schemaOf(operations: Operations, operation: string): StaticOperationSchema {
  const schema = operations.get(operation);
  if (schema === undefined) throw new Error(`No schema for operation ${operation} in this SDK client.`);
  return schema;
}

function membersOf(schema: $SchemaRef) {
  return NormalizedSchema.of(schema).structIterator();
}

function struct(name: string, members: Record<string, $SchemaRef>): StaticStructureSchema {
  return [3, "local", name, 0, Object.keys(members), Object.values(members)];
}

function routeOf(schema: StaticOperationSchema): { method: string; pattern: RegExp } {
  const { http } = NormalizedSchema.of(schema).getMergedTraits();
  const [method, template] = http ?? ["", ""];
  const pattern = template.replaceAll(/\{(\w+)\+?\}/g, "(?<$1>[^/]+)");
  return { method, pattern: new RegExp(`^${pattern}/?$`) };
}

// --- values ---

const json = new JsonCodec2({ timestampFormat: { useTrait: true, default: 7 }, jsonName: false });
const jsonReader = json.createDeserializer();
const jsonWriter = json.createSerializer();

function readJson(schema: $SchemaRef, body: Buffer): Promise<Record<string, unknown>> {
  return Promise.resolve(jsonReader.read(NormalizedSchema.of(schema), body.toString()));
}

function writeJson(schema: $SchemaRef, value: unknown): Uint8Array {
  jsonWriter.write(NormalizedSchema.of(schema), value);
  return jsonWriter.flush();
}

type Tree = string | Tree[] | { [key: string]: Tree };

/** `A.member.1.B=x` as the object that the XML `<A><member><B>x</B></member></A>` parses to. */
function formToTree(form: URLSearchParams): Tree {
  const root: { [key: string]: Tree } = Object.create(null);
  for (const [key, value] of form) {
    const path = key.split(".");
    const leaf = path.pop() ?? key;
    let node = root;
    for (const part of path) {
      const next = node[part];
      const child: { [key: string]: Tree } =
        typeof next === "object" && !Array.isArray(next) ? next : Object.create(null);
      node[part] = child;
      node = child;
    }
    node[leaf] = value;
  }
  return numberedAsLists(root);
}

function numberedAsLists(tree: Tree): Tree {
  if (typeof tree === "string" || Array.isArray(tree)) return tree;
  const entries = Object.entries(tree).map(([key, value]) => [key, numberedAsLists(value)] as const);
  const isList = entries.length > 0 && entries.every(([key]) => /^\d+$/.test(key));
  return isList ? entries.map(([, value]) => value) : Object.fromEntries(entries);
}

function header(request: WireRequest, name: string): string | undefined {
  const value = request.headers[name];
  return Array.isArray(value) ? value[0] : value;
}

function faultOf(error: AwsError): "Sender" | "Receiver" {
  return error.status < 500 ? "Sender" : "Receiver";
}
