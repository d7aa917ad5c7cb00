#!/usr/bin/env node
// TypeScript runs as it is: natively where Node can, through tsx where it cannot (below 22.18).
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= "true";
if (!process.features.typescript) (await import("tsx/esm/api")).register();
const { main } = await import("./warmer.ts");
process.exitCode = await main(process.argv);
