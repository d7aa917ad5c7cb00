import base from "./vitest.config.ts";

/** What takes longer than the usual tests may: `npm run test:slow`. */
export default { ...base, test: { ...base.test, include: ["test/**/*.slow.ts"] } };
