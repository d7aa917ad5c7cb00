import { lostInStringify, MAX_DEPTH } from "./json-bytes.ts";
import { cutPrefix, isPrefix, type Prefix, type PrefixFault, type RequestBody } from "./prefix.ts";

/** Larger bodies are refused by the provider (413, request_too_large at 32 MB; errors page, August 2026). */
const MAX_BYTES = 32 * 1024 * 1024;

/**
 * Reads a prompt file: one Messages API request body in JSON, exactly as the application sends it.
 * Everything after the last breakpoint is ignored.
 */
export function readPromptFile(text: string): Prefix | PrefixFault {
  if (Buffer.byteLength(text) > MAX_BYTES) {
    return { path: "(root)", message: `must be at most ${MAX_BYTES} bytes, got ${Buffer.byteLength(text)}` };
  }
  let request: unknown;
  try {
    request = JSON.parse(text);
  } catch {
    // V8's message quotes the text around the error; a prompt must not reach a terminal or a log that way.
    return { path: "(root)", message: "must be one JSON object; it does not parse" };
  }
  if (typeof request !== "object" || request === null || Array.isArray(request)) {
    return { path: "(root)", message: "must be one JSON object: the body of a Messages API request" };
  }
  let lost: string | undefined;
  try {
    lost = lostInStringify(text);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return { path: "(root)", message: `must not be nested deeper than ${MAX_DEPTH} levels` };
  }
  if (lost !== undefined) {
    return {
      path: lost,
      message:
        "changes when parsed and written again (key order, a duplicate key, or a number's text), so its bytes cannot be kept",
    };
  }
  return cutPrefix(request as RequestBody);
}

export { isPrefix };
