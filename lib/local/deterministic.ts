/** Chance without a shared sequence: a value is a hash of what it is for, so that order of evaluation is no input. */
import { createHash } from "node:crypto";

/** A number in [0, 1) that depends only on the parts. */
export function fraction(...parts: readonly (string | number)[]): number {
  return digest(parts).readUInt32BE(0) / 2 ** 32;
}

/** An identifier in the form of a random UUID that depends only on the parts. */
export function uuidOf(...parts: readonly (string | number)[]): string {
  const hex = digest(parts).toString("hex");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

/** Upper-case suffix as CloudFormation appends to generated physical names, from the parts alone. */
export function suffixOf(...parts: readonly (string | number)[]): string {
  return digest(parts).toString("hex").slice(0, 12).toUpperCase();
}

function digest(parts: readonly (string | number)[]): Buffer {
  return createHash("sha256").update(JSON.stringify(parts)).digest();
}
