import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    environment: "node",
    include: ["test/**/*.test.ts"],
    globalSetup: ["test/support/assembly.ts"],
    env: {
      // The SDK warns on Node 20 that releases after January 2027 need Node 22.
      AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: "true",
    },
    // The default leaves one core idle, which on two cores is half of them; a test file waits for its functions.
    maxWorkers: "100%",
    // One process a core and one start of the modules: no test here changes what another one imports.
    isolate: false,
    // Not how long they may take, but when one hangs: a shared machine can be ten times slower than a quiet one.
    testTimeout: 300_000,
    hookTimeout: 300_000,
  },
});
