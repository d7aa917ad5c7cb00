import { PublishCommand, type SNSClient } from "@aws-sdk/client-sns";
import type { Notifier } from "../app/ports.ts";

/** Sends notices to the alarm topic, and those about money also to the topic of met limits, if there is one. */
export class SnsNotifier implements Notifier {
  readonly #client: SNSClient;
  readonly #topics: { readonly alarms: string; readonly limit?: string };
  readonly #onFailure: (error: unknown) => void;

  constructor(
    client: SNSClient,
    topics: { readonly alarms: string; readonly limit?: string },
    onFailure: (error: unknown) => void,
  ) {
    this.#client = client;
    this.#topics = topics;
    this.#onFailure = onFailure;
  }

  async send({ subject, message, aboutLimit }: Parameters<Notifier["send"]>[0]): Promise<boolean> {
    const { alarms, limit } = this.#topics;
    try {
      for (const topic of aboutLimit && limit !== undefined ? [alarms, limit] : [alarms]) {
        await this.#client.send(new PublishCommand({ TopicArn: topic, Subject: subject, Message: message }));
      }
      return true;
    } catch (error) {
      this.#onFailure(error);
      return false;
    }
  }
}
