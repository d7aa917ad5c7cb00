/** What a policy learned of the fleet, as bytes: a version, how many numbers follow, the numbers, the tables. */
const VERSION = 3;
const HEADER = 8;

/** Tables are stored as they are, 32 bits a number; `numbers` keep their 64. */
export function encodeFleet(tables: readonly Float32Array[], numbers: readonly number[]): Uint8Array {
  const size = HEADER + 8 * numbers.length + 4 * countOf(tables);
  const view = new DataView(new ArrayBuffer(size));
  view.setUint32(0, VERSION);
  view.setUint32(4, numbers.length);
  let at = HEADER;
  for (const number of numbers) {
    view.setFloat64(at, number);
    at += 8;
  }
  for (const table of tables) {
    for (const number of table) {
      view.setFloat32(at, number);
      at += 4;
    }
  }
  return new Uint8Array(view.buffer);
}

/**
 * Fills the tables and returns the numbers.
 *
 * @throws RangeError when the bytes are another version's, or damaged: forget them, they are learned again
 */
export function decodeFleet(bytes: Uint8Array, tables: readonly Float32Array[]): number[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const known = bytes.length >= HEADER && view.getUint32(0) === VERSION;
  const count = known ? view.getUint32(4) : 0;
  const expected = HEADER + 8 * count + 4 * countOf(tables);
  if (!known || bytes.length !== expected) {
    throw new RangeError(
      `fleet state must have version ${VERSION} and the policy's tables, got: ${bytes.length} bytes; forget it, it is learned again.`,
    );
  }
  const numbers = Array.from({ length: count }, (_, i) => view.getFloat64(HEADER + 8 * i));
  let at = HEADER + 8 * count;
  for (const table of tables) {
    for (let i = 0; i < table.length; i++) {
      table[i] = view.getFloat32(at);
      at += 4;
    }
  }
  return numbers;
}

function countOf(tables: readonly Float32Array[]): number {
  return tables.reduce((sum, table) => sum + table.length, 0);
}
