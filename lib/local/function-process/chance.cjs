/**
 * Chance as a hash: what a program draws depends on the seed, the function, the request and how much it has drawn in
 * that request, so a run repeats. Covers what SDKs draw from (invocation ids, back-off); keys and TLS do not come
 * from here.
 */
"use strict";

const crypto = require("node:crypto");

let seed = "";
let blocks = 0;
let block = Buffer.alloc(0);

/** Begins a new sequence. */
function begin(text) {
  seed = text;
  blocks = 0;
  block = Buffer.alloc(0);
}

function bytes(length) {
  const out = Buffer.alloc(length);
  for (let filled = 0; filled < length; ) {
    if (block.length === 0) {
      block = crypto.createHash("sha256").update(`${seed}\n${blocks}`).digest();
      blocks += 1;
    }
    const taken = block.copy(out, filled);
    block = block.subarray(taken);
    filled += taken;
  }
  return out;
}

function uuid() {
  const b = bytes(16);
  b[6] = (b[6] & 0x0f) | 0x40;
  b[8] = (b[8] & 0x3f) | 0x80;
  return b.toString("hex").replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

function fill(array) {
  bytes(array.byteLength).copy(Buffer.from(array.buffer, array.byteOffset, array.byteLength));
  return array;
}

Math.random = () => bytes(6).readUIntBE(0, 6) / 2 ** 48;
crypto.randomUUID = uuid;
crypto.randomFillSync = (array, offset = 0, size = array.length - offset) => {
  fill(array.subarray(offset, offset + size));
  return array;
};
crypto.randomBytes = (length, callback) => {
  const drawn = bytes(length);
  if (callback === undefined) return drawn;
  process.nextTick(callback, null, drawn);
};
// `crypto.getRandomValues` reads the one of webcrypto.
Object.defineProperties(crypto.webcrypto, { randomUUID: { value: uuid }, getRandomValues: { value: fill } });

module.exports = { begin };
