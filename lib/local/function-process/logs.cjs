/**
 * What the program writes to stdout and stderr, line by line, in the order of writing. Collected in the process: on
 * the pipes the lines of one invocation could not be told from those of the next.
 */
"use strict";

let lines = [];
let rest = "";

for (const stream of [process.stdout, process.stderr]) {
  stream.write = (chunk, encoding, callback) => {
    const done = typeof encoding === "function" ? encoding : callback;
    const parts = (rest + (typeof chunk === "string" ? chunk : Buffer.from(chunk).toString())).split("\n");
    rest = parts.pop();
    lines.push(...parts);
    if (done !== undefined) process.nextTick(done);
    return true;
  };
}
// Node prints warnings past the streams, unless it is started with --no-warnings.
process.on("warning", (warning) => add(`${warning.name}: ${warning.message}`));

function add(line) {
  lines.push(line);
}

/** The lines since the last call. */
function take() {
  const taken = rest === "" ? lines : [...lines, rest];
  lines = [];
  rest = "";
  return taken;
}

module.exports = { add, take };
