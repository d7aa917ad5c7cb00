import { App } from "aws-cdk-lib/core";
import { worstCaseNote } from "../lib/cdk/worst-case-note.ts";
import { warmerStackName } from "../lib/core/stack-outputs.ts";
import { WarmerStack } from "../lib/index.ts";
import options from "../warmer.config.ts";

const app = new App();
// Without account and region: the same template wherever it is synthesized, and no lookup that needs a network.
const stack = new WarmerStack(app, warmerStackName(options.service, options.environment), {
  warmer: options,
});

process.stderr.write(`${worstCaseNote(stack.warmer.config)}\n`);
