// The start of a thread: TypeScript runs as it is, natively or through tsx, as in bin/warmer.mjs.
if (!process.features.typescript) (await import("tsx/esm/api")).register();
await import("./worker.ts");
