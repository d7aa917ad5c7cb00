import type { Readable } from "node:stream";

/** Larger bodies are refused by the provider (413 above 32 MB; errors page, read 2026-09-02): no prompt is lost. */
export const MAX_BODY_BYTES = 32 * 1024 * 1024;

/** A limit on what all taps hold together, so that no crowd of large requests ends the proxy. */
export interface HeldBytes {
  /** Whether there is room for so many more; takes it if there is. */
  take(bytes: number): boolean;
  give(bytes: number): void;
}

export function heldBytes(limit: number): HeldBytes {
  let held = 0;
  return {
    take: (bytes) => {
      if (held + bytes > limit) return false;
      held += bytes;
      return true;
    },
    give: (bytes) => {
      held -= bytes;
    },
  };
}

/** A whole body, or why there is none. */
export type TappedBody = Uint8Array<ArrayBuffer> | "too_large" | "too_much_at_once" | "cut_off";

/**
 * Collects the chunks of a stream that somebody else reads, without slowing it down. The bytes of a whole body stay
 * taken from `held` until their owner gives them back; of any other body none does.
 */
export function tapBody(stream: Readable, held: HeldBytes): Promise<TappedBody> {
  let chunks: Buffer[] = [];
  let size = 0;
  let refused: "too_large" | "too_much_at_once" | undefined;
  const refuse = (why: "too_large" | "too_much_at_once" | undefined) => {
    refused = why;
    held.give(size);
    chunks = [];
    size = 0;
  };
  stream.on("data", (chunk: Buffer) => {
    if (refused !== undefined) return;
    if (size + chunk.length > MAX_BODY_BYTES) refuse("too_large");
    else if (!held.take(chunk.length)) refuse("too_much_at_once");
    else {
      size += chunk.length;
      chunks.push(chunk);
    }
  });
  return new Promise((resolve) => {
    stream.once("end", () => {
      resolve(refused ?? joined(chunks, size));
      chunks = [];
    });
    stream.once("close", () => {
      if (stream.readableEnded) return;
      refuse(refused);
      resolve("cut_off");
    });
  });
}

/** Not `Buffer.concat`: a small result would share its memory with other buffers and could not change threads. */
function joined(chunks: readonly Buffer[], size: number): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.length;
  }
  return whole;
}
