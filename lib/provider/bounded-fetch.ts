/**
 * The most of a reply that is read, bytes after unpacking: a reply's thinking of 128 000 tokens, the longest output of
 * any model (Anthropic's model table, August 2026), is about 700 KB of JSON. With 256 requests in flight it is a
 * quarter of the function's memory.
 */
export const MAX_REPLY_BYTES = 1024 * 1024;

/** `fetch`, but the body of an answer ends with an error where it exceeds the bound, and its connection is closed. */
export async function boundedFetch(...request: Parameters<typeof fetch>): Promise<Response> {
  const response = await fetch(...request);
  const { body, headers, status, statusText } = response;
  if (body === null) return response;
  // What is not packed is as long as it says: Node reads no byte more.
  const length = Number(headers.get("content-length") ?? Number.NaN);
  if (length <= MAX_REPLY_BYTES && !headers.has("content-encoding")) return response;
  return new Response(body.pipeThrough(upTo(MAX_REPLY_BYTES)), { status, statusText, headers });
}

function upTo(bound: number): TransformStream<Uint8Array, Uint8Array> {
  let bytes = 0;
  return new TransformStream({
    transform: (chunk, controller) => {
      bytes += chunk.byteLength;
      if (bytes > bound) controller.error(new RangeError(`a reply may have ${bound} bytes`));
      else controller.enqueue(chunk);
    },
  });
}
