import { brotliDecompressSync, gunzipSync, inflateSync } from "node:zlib";
import type { Prefix, PrefixFault } from "../../core/prefix.ts";
import { isPrefix, readPromptFile } from "../../core/prompt-file.ts";
import { shown } from "../../core/received.ts";
import { MAX_BODY_BYTES } from "./body-tap.ts";

/** What is kept of a request until it is recorded. Of its headers no value but the encoding's. */
export interface CapturedRequest {
  /** As it came over the wire. */
  readonly body: Uint8Array<ArrayBuffer>;
  /** The `content-encoding` header. */
  readonly contentEncoding: string | undefined;
  /** Whether the request had an `anthropic-beta` header. */
  readonly hasBetas: boolean;
}

type Decoder = (bytes: Uint8Array, limit: { readonly maxOutputLength: number }) => Uint8Array;

const DECODERS: ReadonlyMap<string, Decoder> = new Map<string, Decoder>([
  ["identity", (bytes) => bytes],
  ["gzip", gunzipSync],
  ["x-gzip", gunzipSync],
  ["deflate", inflateSync],
  ["br", brotliDecompressSync],
]);

/**
 * Cuts a captured request's prefix. A body in gzip, deflate or br is decoded first; what it decodes to is what the
 * provider sees. The paths of its faults carry no text of the prompt.
 */
export function readCaptured({ body, contentEncoding, hasBetas }: CapturedRequest): Prefix | PrefixFault {
  if (hasBetas) {
    return {
      path: "anthropic-beta",
      message:
        "is a header that takes part in the cache key, and a prompt file has no headers: the warmer would warm an entry that this application never reads; leave out betas that the API no longer needs",
    };
  }
  const bytes = decoded(body, contentEncoding);
  if (!(bytes instanceof Uint8Array)) return bytes;
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return { path: "(root)", message: "must be UTF-8; its bytes cannot be kept" };
  }
  const prefix = readPromptFile(text);
  if (!isPrefix(prefix)) return { ...prefix, path: publicPath(prefix.path) };
  return secretIn(prefix) ?? prefix;
}

function decoded(body: Uint8Array, contentEncoding: string | undefined): Uint8Array | PrefixFault {
  const encoding = (contentEncoding ?? "identity").trim().toLowerCase();
  const decode = DECODERS.get(encoding);
  if (decode === undefined) {
    return { path: "content-encoding", message: `must be gzip, deflate or br, got ${shown(encoding)}` };
  }
  try {
    return decode(body, { maxOutputLength: MAX_BODY_BYTES });
  } catch {
    return {
      path: "content-encoding",
      message: `is ${encoding}, and the body does not decode to at most ${MAX_BODY_BYTES} bytes`,
    };
  }
}

/** The one field of the API that is a secret inside the body (MCP connector); a prompt file is kept and published. */
function secretIn({ body }: Prefix): PrefixFault | undefined {
  const servers = body["mcp_servers"];
  if (!Array.isArray(servers)) return undefined;
  const index = servers.findIndex((server) => (server?.authorization_token ?? null) !== null);
  if (index === -1) return undefined;
  return {
    path: `mcp_servers[${index}].authorization_token`,
    message: "is a secret, and a prompt file must hold none",
  };
}

/** A key of the API's own, or a name such as code has it; and indexes. */
const STEP = /^[A-Za-z_$][\w$-]{0,39}(\[\d+\])*$/;
const BLOCK_OF_MESSAGE = /^messages(\[\d+\](\.content(\[\d+\])?)?)?/;

/**
 * The part of a fault's path that may be shown. Keys inside a message (a tool's input) are what somebody said as much
 * as values are; in tools and settings they are names from code, and anything else ends the path.
 */
function publicPath(path: string): string {
  const ofMessage = BLOCK_OF_MESSAGE.exec(path)?.[0];
  if (ofMessage !== undefined) return ofMessage === path ? path : `${ofMessage}…`;
  // The first step is a field of the API, perhaps with a remark from the rule that found it.
  const [first = "", ...steps] = path.split(".");
  const strange = steps.findIndex((step) => !STEP.test(step));
  const kept = [shortened(first), ...(strange === -1 ? steps : steps.slice(0, strange))].join(".");
  return strange === -1 ? kept : `${kept}.…`;
}

function shortened(field: string): string {
  return /^[\w ()[\],-]{0,80}$/.test(field) ? field : "…";
}
