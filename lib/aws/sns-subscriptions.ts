import { paginateListSubscriptionsByTopic, type SNSClient } from "@aws-sdk/client-sns";
import type { Subscriptions } from "../app/ports.ts";

/** SNS's own word in the place of an ARN until the endpoint has confirmed (API reference, read 2026-11-21). */
const PENDING = "PendingConfirmation";

export class SnsSubscriptions implements Subscriptions {
  readonly #client: SNSClient;
  readonly #topicArn: string;

  constructor(client: SNSClient, topicArn: string) {
    this.#client = client;
    this.#topicArn = topicArn;
  }

  async unconfirmed(): Promise<string[]> {
    const endpoints: string[] = [];
    const pages = paginateListSubscriptionsByTopic({ client: this.#client }, { TopicArn: this.#topicArn });
    for await (const { Subscriptions: subscriptions = [] } of pages) {
      endpoints.push(
        ...subscriptions
          .filter((subscription) => subscription.SubscriptionArn === PENDING)
          .map((subscription) => subscription.Endpoint ?? "unknown"),
      );
    }
    return endpoints;
  }
}
