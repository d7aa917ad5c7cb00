import { fileURLToPath } from "node:url";
import { ROOT } from "../emulator/account.ts";
import type { Product } from "../emulator/product.ts";

const pathOf = (name: string) => fileURLToPath(new URL(name, import.meta.url));

/**
 * With `IAM_ENFORCEMENT`, because then every call is checked against the policies of who makes it. What it lacks for
 * this stack is in `plugin/`, which it finds as it finds any other installed plug-in.
 */
export const LOCALEMU: Product = {
  name: "localemu",
  pythons: { commands: ["python3.13", "python3"], fit: "version == (3, 13)", what: "Python 3.13" },
  wheels: pathOf("requirements.txt"),
  sources: pathOf("requirements-of-sources.txt"),
  healthPath: "/_localemu/health",
  command: ({ port, certificate: { certFile, bothFile }, directory }) => ({
    args: ["-m", "localemu.runtime.main"],
    env: {
      PYTHONPATH: pathOf("plugin"),
      PYTHONDONTWRITEBYTECODE: "1",
      // It calls itself without knowing its own certificate, and warns each time.
      PYTHONWARNINGS: "ignore",
      // The other server listens on every address of the machine.
      GATEWAY_SERVER: "hypercorn",
      GATEWAY_LISTEN: `127.0.0.1:${port}`,
      USE_SSL: "1",
      CUSTOM_SSL_CERT_PATH: bothFile,
      NODE_EXTRA_CA_CERTS: certFile,
      IAM_ENFORCEMENT: "1",
      ROOT_ACCESS_KEYS: ROOT.accessKeyId,
      LAMBDA_RUNTIME_EXECUTOR: "process",
      LOCALEMU_VOLUME_DIR: directory,
      // It asks and tells nobody.
      SKIP_SSL_CERT_DOWNLOAD: "1",
      DISABLE_EVENTS: "1",
      DNS_ADDRESS: "0",
    },
  }),
};
