import assert from "node:assert/strict";
import { cpSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { ExitCode } from "../../bin/exit.ts";
import { ACCOUNT, REGION, ROOT } from "./clients.ts";
import { lastLines, run, runWell } from "./processes.ts";

const REPOSITORY = fileURLToPath(new URL("../../", import.meta.url));
const CDK = join(REPOSITORY, "node_modules/aws-cdk/bin/cdk");
const WARMER = join(REPOSITORY, "bin/warmer.mjs");
const CDK_MS = 120_000;
const WARMER_MS = 130_000;

/** The two command lines of the project, against the emulator. */
export class Commands {
  readonly #directory: string;
  readonly #env: Readonly<Record<string, string>>;

  /** @param directory for everything that they write */
  constructor(directory: string, endpoint: string, certFile: string) {
    this.#directory = directory;
    this.#env = {
      PATH: process.env["PATH"] ?? "",
      HOME: directory,
      CI: "1",
      AWS_ENDPOINT_URL: endpoint,
      AWS_ENDPOINT_URL_S3: endpoint,
      AWS_ACCESS_KEY_ID: ROOT.accessKeyId,
      AWS_SECRET_ACCESS_KEY: ROOT.secretAccessKey,
      AWS_REGION: REGION,
      AWS_EC2_METADATA_DISABLED: "true",
      // Node's own clients take the first, the CDK's command line the second.
      NODE_EXTRA_CA_CERTS: certFile,
      AWS_CA_BUNDLE: certFile,
      // Fresh: the CDK remembers which account a key belongs to.
      CDK_HOME: join(directory, "cdk-home"),
      CDK_DISABLE_VERSION_CHECK: "1",
      CDK_DISABLE_CLI_TELEMETRY: "true",
      // `npx tsx` in cdk.json finds what is installed; it must not ask a registry.
      npm_config_offline: "true",
      WARMER_OPERATOR: "e2e",
    };
  }

  async bootstrap(): Promise<void> {
    // An environment is named, so there is no need to synthesize an app to find one.
    await this.#cdk("bootstrap", `aws://${ACCOUNT}/${REGION}`, "--app", "");
  }

  /** @param app @default - the one in cdk.json, which is `bin/app.ts` */
  async deploy(app?: string): Promise<void> {
    const options = ["--require-approval", "never", "--output", join(this.#directory, "cdk.out")];
    await this.#cdk("deploy", ...options, ...(app === undefined ? [] : ["--app", app]));
  }

  /** Runs `warmer --json …` and returns what it printed. @throws Error if it ends with another exit code */
  async warmer<T>(args: readonly string[], expected: ExitCode): Promise<T> {
    const where = { cwd: REPOSITORY, env: this.#env, timeoutMs: WARMER_MS };
    const { code, stdout, stderr } = await run(process.execPath, [WARMER, "--json", ...args], where);
    assert.equal(code, expected, `exit code of warmer ${args.join(" ")}: ${lastLines(stderr, 5)}`);
    return (stdout === "" ? undefined : JSON.parse(stdout)) as T;
  }

  /**
   * Makes a copy of `bin/` whose `warmer.config.ts` differs from the repository's in one option; the rest of the
   * repository is linked.
   *
   * @returns the app for {@link deploy}, and the configuration for `warmer --config`
   */
  changedApp(change: Readonly<Record<string, unknown>>): { app: string; config: string } {
    const directory = join(this.#directory, "changed");
    mkdirSync(directory);
    cpSync(join(REPOSITORY, "bin"), join(directory, "bin"), { recursive: true });
    for (const name of ["lib", "lambda", "node_modules", "cdk.json", "package.json"]) {
      symlinkSync(join(REPOSITORY, name), join(directory, name));
    }
    const config = join(directory, "warmer.config.ts");
    writeFileSync(
      config,
      `import base from ${JSON.stringify(join(REPOSITORY, "warmer.config.ts"))};\n` +
        `export default { ...base, ...${JSON.stringify(change)} };\n`,
    );
    return { app: `npx tsx ${join(directory, "bin/app.ts")}`, config };
  }

  async #cdk(...args: readonly string[]): Promise<void> {
    await runWell(process.execPath, [CDK, ...args], { cwd: REPOSITORY, env: this.#env, timeoutMs: CDK_MS });
  }
}
