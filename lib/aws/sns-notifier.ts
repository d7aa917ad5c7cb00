import { PublishCommand, type SNSClient } from "@aws-sdk/client-sns";
import type { Notifier } from "../app/ports.ts";
import type { Topics } from "./environment.ts";

type Notice = Parameters<Notifier["send"]>[0];

/** Sends notices to the alarm topic, those of a spike to its level's topic, and those about money also to the topic of met limits. */
export class SnsNotifier implements Notifier {
  readonly #client: SNSClient;
  readonly #topics: Topics;
  readonly #onFailure: (error: unknown) => void;

  constructor(client: SNSClient, topics: Topics, onFailure: (error: unknown) => void) {
    this.#client = client;
    this.#topics = topics;
    this.#onFailure = onFailure;
  }

  async send(notice: Notice): Promise<boolean> {
    const { alarms, limit } = this.#topics;
    const first = (notice.level === undefined ? undefined : this.#topics[notice.level]) ?? alarms;
    const topics = notice.aboutLimit && limit !== undefined ? [first, limit] : [first];
    try {
      for (const TopicArn of topics) {
        await this.#client.send(
          new PublishCommand({ TopicArn, Subject: notice.subject, ...messageOf(notice) }),
        );
      }
      return true;
    } catch (error) {
      this.#onFailure(error);
      return false;
    }
  }
}

/**
 * Amazon Q Developer in chat applications subscribes as `https` and shows nothing but its own schema; mail gets the
 * text. One message for both, by protocol (SNS API reference of Publish, `MessageStructure`, read 2026-11-21). A topic
 * of its own for chat was rejected: whoever connects a channel would have to know of two, since the raw alarms come on
 * this one. Any other `https` subscriber gets the chat's JSON too, which a machine reads better than the mail.
 */
function messageOf({ message, chat }: Notice) {
  if (chat === undefined) return { Message: message };
  return {
    MessageStructure: "json",
    Message: JSON.stringify({ default: message, https: JSON.stringify(chat) }),
  };
}
