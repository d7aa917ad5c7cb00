import { parseArgs } from "node:util";
import { shown } from "../../lib/core/received.ts";
import { FAULT_NAMES, type FaultName, playFault } from "./break-story.ts";
import { playFoundingStory } from "./founding-story.ts";

// The SDK's notice about Node 20 would stand in the middle of the story.
process.env["AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED"] ??= "true";

const { values } = parseArgs({ options: { break: { type: "string" } } });
const print = (line: string) => process.stdout.write(`${line}\n`);

if (values.break === undefined) {
  await playFoundingStory(print);
} else if ((FAULT_NAMES as string[]).includes(values.break)) {
  await playFault(values.break as FaultName, print);
} else {
  process.stderr.write(`--break must be one of ${FAULT_NAMES.join(", ")}, got ${shown(values.break)}\n`);
  process.exitCode = 2;
}
