/** An attribute as it travels: `{ S: "text" }`. */
export type Attribute = Readonly<Record<string, unknown>>;
export type WireItem = Readonly<Record<string, Attribute>>;

/**
 * Bytes of an item as DynamoDB bills them: names and values in UTF-8, binary as its bytes, a number about a byte for
 * two digits and one more, 3 bytes for a list or map and 1 for each element (developer guide, item sizes and formats,
 * read 2026-11).
 */
export function itemBytes(item: WireItem): number {
  return Object.entries(item).reduce(
    (sum, [name, value]) => sum + Buffer.byteLength(name) + bytesOf(value),
    0,
  );
}

/** Billed units of so many bytes: whole ones, at least one. */
export function units(bytes: number, unitBytes: number): number {
  return Math.max(1, Math.ceil(bytes / unitBytes));
}

export const WRITE_UNIT = 1024;
export const READ_UNIT = 4096;

function bytesOf(attribute: Attribute): number {
  const [[type, value] = ["NULL", true]] = Object.entries(attribute);
  switch (type) {
    case "S":
      return Buffer.byteLength(String(value));
    case "N":
      return Math.ceil(String(value).replace(/\D/g, "").length / 2) + 1;
    case "B":
      return Buffer.from(String(value), "base64").length;
    case "L":
      return 3 + (value as Attribute[]).reduce((sum, element) => sum + 1 + bytesOf(element), 0);
    case "M":
      return (
        3 +
        Object.entries(value as WireItem).reduce(
          (sum, [name, element]) => sum + 1 + Buffer.byteLength(name) + bytesOf(element),
          0,
        )
      );
    case "BOOL":
    case "NULL":
      return 1;
    default:
      throw new Error(`no item of the table has an attribute of type ${type}`);
  }
}
