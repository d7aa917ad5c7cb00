/**
 * Whether spikes of fill cost are named right: `npm run bench:causes [-- --seed N] [--json]`. Two to three minutes.
 *
 * Each spike is a world of its own on ports in memory: the real warm cycle, ledger, marks and usage recorder, the
 * simulated provider, and the noise of any day (touches that fail, an entry lost half an hour ago, deploys of
 * something else, ticks at any second of their minute). A fault or an event is put into the application, the provider
 * or the configuration; what the rules read is what the product itself has written down. People hear of it by the
 * rate of fill cost, measured against a quiet week; marks do not silence it here. What is asked is what `diagnose`
 * says at that moment. A spike that nobody hears of within 17 minutes counts as wrong.
 *
 * `accuracy` and `matrix` are of 1,000 spikes with the strengths that the rules were written with,
 * `matrixUnseenStrengths` of further ones whose strengths were not looked at before. A row is what was played, a column
 * what was named first. `abnormalFalseAlarms` is the share of good days' spikes that were called a fault.
 */
import { accuracyOf, falseAlarmsOf, matrixOf, playAll, rounded } from "./score.ts";

const SPIKES = 1_000;
const UNSEEN_SPIKES = 500;

function numberOf(name: string, otherwise: number): number {
  const at = process.argv.indexOf(name);
  const value = at === -1 ? otherwise : Number(process.argv[at + 1]);
  if (!Number.isInteger(value) || value < 0) throw new RangeError(`${name} must be a whole number`);
  return value;
}

async function main(): Promise<void> {
  const seed = numberOf("--seed", 1);
  const startedAt = Date.now();
  const seen = await playAll(seed, numberOf("--spikes", SPIKES), "seen");
  const unseen = await playAll(seed + 500, numberOf("--unseen", UNSEEN_SPIKES), "unseen");
  const minutes = seen
    .map(({ minutes: heard }) => heard ?? Number.NaN)
    .filter((heard) => !Number.isNaN(heard));
  const results = {
    accuracy: accuracyOf(seen),
    abnormalFalseAlarms: falseAlarmsOf(seen),
    matrix: matrixOf(seen),
    matrixUnseenStrengths: matrixOf(unseen),
    accuracyUnseenStrengths: accuracyOf(unseen),
    abnormalFalseAlarmsUnseenStrengths: falseAlarmsOf(unseen),
    longestMinutesToName: rounded(Math.max(...minutes)),
    spikes: seen.length,
    unseenSpikes: unseen.length,
    seconds: Math.round((Date.now() - startedAt) / 1000),
  };
  if (process.argv.includes("--json")) {
    process.stdout.write(`${JSON.stringify(results)}\n`);
    return;
  }
  const { matrix, matrixUnseenStrengths, ...figures } = results;
  console.table(figures);
  console.table(matrix);
  console.table(matrixUnseenStrengths);
  for (const {
    case: { truth, variant },
    seed: own,
    strength,
    diagnosis,
  } of [...seen, ...unseen].filter(({ right }) => !right)) {
    const named = diagnosis?.candidates.map(({ cause, confidence }) => `${cause} ${confidence}`).join(", ");
    process.stdout.write(
      `wrong: seed ${own}, ${truth.join("+")} (${variant}, ${strength}): ${named ?? "not heard"}\n`,
    );
  }
}

await main();
