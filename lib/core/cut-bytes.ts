/** The first bytes of a text, never half a character. */
export function cutBytes(text: string, most: number): string {
  return Buffer.byteLength(text) <= most
    ? text
    : new TextDecoder().decode(Buffer.from(text).subarray(0, most)).replace(/\ufffd+$/, "");
}
