import { fileURLToPath } from "node:url";
import type { Product } from "../emulator/product.ts";
import { grantWithoutUnknownKey } from "./unknown-key.ts";

/** With `AUTH`, because then every call is checked against the policies of who makes it. */
export const MINISTACK: Product = {
  name: "ministack",
  pythons: {
    commands: ["python3", "python3.13", "python3.12", "python3.11", "python3.10"],
    fit: "version >= (3, 10)",
    what: "Python 3.10 or newer",
  },
  wheels: fileURLToPath(new URL("requirements.txt", import.meta.url)),
  healthPath: "/_ministack/health",
  // Not the `ministack` command: with TLS that one also takes port 443.
  command: ({ port, certificate: { certFile, keyFile } }) => ({
    args: [
      ...["-m", "hypercorn", "ministack.app:app", "--workers", "0", "--bind", `127.0.0.1:${port}`],
      ...["--certfile", certFile, "--keyfile", keyFile],
    ],
    env: {
      AUTH: "true",
      USE_SSL: "1",
      MINISTACK_SSL_CERT: certFile,
      MINISTACK_SSL_KEY: keyFile,
      GATEWAY_PORT: String(port),
      LAMBDA_EXECUTOR: "local",
      IOT_MTLS_ENABLED: "0",
    },
  }),
  settle: grantWithoutUnknownKey,
};
