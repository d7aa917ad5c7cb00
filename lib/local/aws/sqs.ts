/** Queues, as places where failed work is kept: nothing here consumes from one. */
import { ACCOUNT, nameFromArn } from "../account.ts";
import type { Journal } from "../journal.ts";
import type { ResolvedTemplate, Resource } from "../template.ts";
import { allows } from "./policy.ts";

/** A queue reports its depth while it holds a message or was used within this time, as SQS documents. */
const ACTIVE_FOR_MS = 6 * 3600_000;

export interface QueuedMessage {
  readonly at: number;
  readonly body: string;
  readonly attributes: Readonly<Record<string, string>>;
}

export interface Queue {
  readonly name: string;
  readonly arn: string;
  readonly messages: readonly QueuedMessage[];
}

interface StoredQueue extends Queue {
  readonly messages: QueuedMessage[];
  usedAt: number;
}

/** What a message is, for the journal: `failed invocation of Warm`, for example. */
interface Sending extends QueuedMessage {
  readonly queueArn: string;
  readonly what: string;
}

export interface Sqs {
  /** Takes over a template's queues; those that were there keep their messages. */
  deploy(template: ResolvedTemplate): void;
  queues(): readonly Queue[];
  /** Puts a message in on behalf of a role that may. A queue that does not exist loses it, and says so. */
  send(message: Sending): void;
  /** The same on behalf of a service, which the queue's policy must allow. */
  sendAsService(message: Sending & { readonly principal: string; readonly sourceArn: string }): void;
  /** Empties a queue, as an operator does once the cause is mended. */
  purge(queueArn: string, at: number): void;
  /** The queues whose depth SQS would report at this instant. */
  depths(at: number): readonly { readonly queue: string; readonly visible: number }[];
}

export function createSqs(deps: { readonly journal: Journal }): Sqs {
  let queues = new Map<string, StoredQueue>();
  let policies: readonly Resource<"AWS::SQS::QueuePolicy">[] = [];

  const lose = (message: Sending, because: string) =>
    deps.journal.write({ at: message.at, kind: "lost", what: message.what, to: message.queueArn, because });

  const send: Sqs["send"] = (message) => {
    const queue = queues.get(message.queueArn);
    if (queue === undefined) return lose(message, "the queue does not exist");
    queue.messages.push({ at: message.at, body: message.body, attributes: message.attributes });
    queue.usedAt = message.at;
    deps.journal.write({ at: message.at, kind: "queued", queue: queue.name, what: message.what });
  };

  return {
    deploy: (template) => {
      policies = template.ofType("AWS::SQS::QueuePolicy");
      queues = new Map(
        template.ofType("AWS::SQS::Queue").map(({ name, identity }) => {
          const queueArn = identity["Arn"] ?? "";
          return [queueArn, queues.get(queueArn) ?? { name, arn: queueArn, messages: [], usedAt: -Infinity }];
        }),
      );
    },
    queues: () => [...queues.values()],
    send,
    sendAsService: (message) => {
      const url = nameFromArn(message.queueArn);
      const documents = policies
        .filter(({ properties }) => properties.Queues.some((queue) => queue.endsWith(`/${url}`)))
        .map(({ properties }) => properties.PolicyDocument);
      const access = {
        principal: message.principal,
        action: "sqs:SendMessage",
        resource: message.queueArn,
        sourceArn: message.sourceArn,
        sourceAccount: ACCOUNT,
      };
      if (allows(documents, access)) send(message);
      else lose(message, `the queue's policy does not allow ${message.principal} to send`);
    },
    purge: (queueArn, at) => {
      const queue = queues.get(queueArn);
      if (queue === undefined) throw new Error(`There is no queue ${queueArn}.`);
      queue.messages.length = 0;
      queue.usedAt = at;
    },
    depths: (at) =>
      [...queues.values()]
        .filter(({ messages, usedAt }) => messages.length > 0 || at - usedAt < ACTIVE_FOR_MS)
        .map(({ name, messages }) => ({ queue: name, visible: messages.length })),
  };
}
