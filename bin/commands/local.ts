import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { type Command, InvalidArgumentError } from "commander";
import { REGION } from "../../lib/local/account.ts";
import type { JournalEvent } from "../../lib/local/journal.ts";
import { chooseProvider, spendNotice } from "../../lib/local/provider/choice.ts";
import { latencyBySize } from "../../lib/local/provider/latency.ts";
import { type GlobalOptions, LOCAL_FILE, type LocalAccess, loadConfig, loadOptions } from "../deployment.ts";
import { makeOutput } from "../output.ts";

const POLL_MS = 200;

export function addLocal(program: Command): void {
  program
    .command("local")
    .description(
      "run the stack on this machine against a simulated provider; reach it with `warmer --local …`",
    )
    .option("--speed <N>", "virtual seconds for each real one", speed, 1)
    .option("--real-provider", "call the real provider with ANTHROPIC_API_KEY: this spends real money", false)
    .action(async (_options, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions & { speed: number; realProvider: boolean }>();
      const choice = chooseProvider(process.env, options);
      if (choice.kind === "refused") return command.error(`error: ${choice.message}`);
      const output = makeOutput(options.json === true);
      const config = await loadConfig(options.config);
      if (choice.kind === "real") output.talk(spendNotice(config, choice.url));
      else if (choice.remark !== undefined) output.talk(choice.remark);
      output.talk("synthesizing the stack…");
      // Here and not above: the CDK and the local engine would double the start of every other command.
      const { synthesize } = await import("../synthesize.ts");
      const { startLocalWarmer, startLocalWarmerOnRealProvider } = await import(
        "../../lib/local/local-warmer.ts"
      );
      const assembly = synthesize(await loadOptions(options.config));
      const startAt = Date.now();
      const deploy = { assembly: assembly.directory, stack: assembly.stack, config, startAt, seed: "local" };
      const warmer =
        choice.kind === "real"
          ? await startLocalWarmerOnRealProvider(deploy, choice)
          : await startLocalWarmer({ ...deploy, provider: { latency: latencyBySize } });
      const access: LocalAccess = {
        endpoint: warmer.engine.url,
        region: REGION,
        credentials: { accessKeyId: "operator", secretAccessKey: "local" },
        clock: { startAt, speed: options.speed },
      };
      mkdirSync(dirname(LOCAL_FILE), { recursive: true });
      writeFileSync(LOCAL_FILE, JSON.stringify(access, null, 2));
      output.talk(
        `running at ${options.speed}x; AWS endpoint ${warmer.engine.url}, provider ${choice.kind === "real" ? choice.url.origin : warmer.providerUrl}`,
      );
      output.talk("next: warmer --local init --color COLOR; Ctrl-C ends it");

      const stopping = new AbortController();
      for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => stopping.abort());
      let told = 0;
      const tell = () => {
        const events = warmer.engine.journal.events.slice(told);
        told += events.length;
        for (const event of events) output.data(event, eventText(event));
      };
      const telling = setInterval(tell, POLL_MS);
      try {
        await warmer.engine.runRealTime({ speed: options.speed, signal: stopping.signal });
      } finally {
        clearInterval(telling);
        tell();
        rmSync(LOCAL_FILE, { force: true });
        await warmer.stop();
        assembly.remove();
      }
    });
}

function speed(value: string): number {
  const number = Number(value);
  if (!Number.isFinite(number) || number < 1 || number > 600) {
    throw new InvalidArgumentError("must be a number from 1 to 600.");
  }
  return number;
}

function eventText(event: JournalEvent): string {
  const { at, kind, ...rest } = event;
  const time = new Date(at).toISOString().slice(11, 19);
  if (event.kind !== "invoked") return `${time}  ${kind}  ${JSON.stringify(rest)}`;
  const report = event.result as { outcome?: string; message?: string } | undefined;
  const said = event.error?.errorMessage ?? `${report?.outcome}: ${report?.message}`;
  return `${time}  ${event.function}  ${said}`;
}
