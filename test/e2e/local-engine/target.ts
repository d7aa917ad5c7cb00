import { join } from "node:path";
import { type Assembly, synthesize } from "../../../bin/synthesize.ts";
import { alarmName } from "../../../lib/core/alarms.ts";
import { resolveConfig, type WarmerOptions } from "../../../lib/core/config.ts";
import { REGION } from "../../../lib/local/account.ts";
import type { Engine } from "../../../lib/local/engine.ts";
import { type LocalWarmer, startLocalWarmer } from "../../../lib/local/local-warmer.ts";
import { latencyBySize } from "../../../lib/local/provider/latency.ts";
import options from "../../../warmer.config.ts";
import { type Clients, openClients } from "../clients.ts";
import { invokeFunction } from "../functions.ts";
import { changedApp } from "../repository.ts";
import type { Change, Target } from "../target.ts";
import { OPERATOR, runLocalWarmer } from "./command.ts";
import { writeDenied } from "./permissions.ts";

/** Inside a UTC hour, so that no step meets a window's edge by accident. */
const START = Date.UTC(2026, 10, 20, 8, 3);

const SECOND = 1_000;

/** Nobody would be told otherwise: the repository's own configuration names no address. */
const NOTIFIED: Change = { notify: ["ops@example.com"] };

/**
 * The local engine, with the warmer's command line in processes of its own, as `warmer local` has them: time stands
 * still but where the scenario lets it pass.
 */
export function startLocalEngine(directory: string): Target {
  const config = resolveConfig({ ...options, ...NOTIFIED });
  const assemblies: Assembly[] = [];
  let warmer: LocalWarmer | undefined;
  let clients: Clients | undefined;
  let configFile = "";
  let variants = 0;

  const ready = (): LocalWarmer => deployed(warmer);

  const deploy = async (change: Change = {}) => {
    const changed: Change = { ...NOTIFIED, ...change };
    const warmerOptions: WarmerOptions = { ...options, ...changed };
    const assembly = synthesize(warmerOptions);
    assemblies.push(assembly);
    configFile = changedApp(join(directory, `changed-${assemblies.length}`), changed).config;
    if (warmer !== undefined) return warmer.engine.deploy(assembly.directory);
    warmer = await startLocalWarmer({
      assembly: assembly.directory,
      stack: assembly.stack,
      config,
      startAt: START,
      seed: "scenario",
      provider: { latency: latencyBySize },
    });
    clients = openClients({ endpoint: warmer.engine.url, region: REGION, credentials: OPERATOR });
  };

  const pass = (ms: number) => ready().engine.runUntil(ready().engine.now() + ms);

  return {
    name: "local engine",
    config,
    get provider() {
      return ready().provider;
    },
    get clients() {
      return deployed(clients);
    },
    directory,
    now: () => ready().engine.now(),
    prepare: async () => {},
    deploy,
    warmer: (args, expected) =>
      runLocalWarmer(ready().engine, { directory, config: configFile }, args, expected),
    invoke: async (name, event) => {
      const { engine } = ready();
      const before = engine.journal.events.length;
      const answer = await invokeFunction(deployed(clients).lambda, name, event);
      // The run has a virtual end of its own; what follows must not begin before it.
      const ends = engine.journal.events
        .slice(before)
        .map((happened) => (happened.kind === "invoked" ? happened.endedAt : happened.at));
      await engine.runUntil(Math.max(engine.now(), ...ends));
      return answer;
    },
    variables: async (name) => {
      return (
        functionsOf(ready().engine).find((candidate) => candidate.name === name)?.properties.Environment
          ?.Variables ?? {}
      );
    },
    eventually: async (what, timeoutMs, look) => {
      const until = ready().engine.now() + timeoutMs;
      for (;;) {
        const found = await look();
        if (found !== undefined) return found;
        if (ready().engine.now() >= until) throw new Error(`${what}: not within ${timeoutMs / SECOND} s`);
        await pass(SECOND);
      }
    },
    listen: async () => {
      const { events } = ready().engine.journal;
      const before = events.length;
      return {
        toldOf: (alarm) => {
          const subject = `ALARM: "${alarmName(config.service, config.environment, alarm)}"`;
          return events
            .slice(before)
            .filter((event) => event.kind === "notified" && event.subject.startsWith(subject)).length;
        },
        close: async () => {},
      };
    },
    // The engine delivers by itself.
    deliver: async () => {},
    withoutPermission: async (name, denied, run) => {
      const { engine } = ready();
      const assembly = deployed(assemblies.at(-1));
      const { logicalId } = deployed(functionsOf(engine).find((candidate) => candidate.name === name));
      variants += 1;
      const into = join(directory, `denied-${variants}`);
      await engine.deploy(writeDenied(assembly, into, logicalId, denied));
      const result = await run();
      await engine.deploy(assembly.directory);
      return result;
    },
    breakAws: (fault) => ready().engine.faults.inject(fault),
    log: () =>
      ready()
        .engine.journal.events.slice(-40)
        .map((event) => JSON.stringify(event))
        .join("\n"),
    stop: async () => {
      await warmer?.stop();
      for (const assembly of assemblies) assembly.remove();
    },
  };
}

function functionsOf(engine: Engine) {
  return engine.template().ofType("AWS::Lambda::Function");
}

function deployed<T>(part: T | undefined): T {
  if (part === undefined) throw new Error("nothing is deployed yet");
  return part;
}
