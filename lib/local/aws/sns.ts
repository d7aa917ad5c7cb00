/**
 * Topics, their policies and their subscriptions. A topic without a TopicPolicy has the default policy, which lets
 * the account's own services publish; a TopicPolicy replaces that default, so one that forgets CloudWatch loses
 * every alarm. https://docs.aws.amazon.com/sns/latest/dg/sns-access-policy-use-cases.html
 */
import type {
  GetTopicAttributesInput,
  GetTopicAttributesResponse,
  ListSubscriptionsByTopicInput,
  ListSubscriptionsByTopicResponse,
  PublishInput,
  PublishResponse,
} from "@aws-sdk/client-sns";
import { ACCOUNT } from "../account.ts";
import { uuidOf } from "../deterministic.ts";
import type { Journal } from "../journal.ts";
import type { ResolvedTemplate, Resource } from "../template.ts";
import { AwsError } from "./aws-error.ts";
import { type Handlers, handler } from "./handler.ts";
import type { LambdaService } from "./lambda-service.ts";
import { allows } from "./policy.ts";
import { messageOf } from "./sns-message.ts";

export interface Subscription {
  readonly arn: string;
  readonly topicArn: string;
  readonly protocol: string;
  readonly endpoint: string;
  /** An address that has not confirmed receives nothing. Functions and phones need not confirm. */
  confirmed: boolean;
}

export interface Notification {
  readonly at: number;
  readonly topicArn: string;
  readonly subject: string;
  readonly message: string;
  /** Texts for single protocols, which take the place of `message`. */
  readonly byProtocol?: Readonly<Record<string, string>>;
}

export interface Sns {
  readonly handlers: Handlers;
  deploy(template: ResolvedTemplate): void;
  subscriptions(): readonly Subscription[];
  /** Does what the link in the confirmation mail does. */
  confirm(endpoint: string): void;
  /** Publishes on behalf of a service, for example CloudWatch for an alarm, if the topic's policy allows it. */
  publishAsService(notification: Notification, principal: string, sourceArn: string): void;
}

export function createSns(deps: {
  readonly journal: Journal;
  readonly lambda: Pick<LambdaService, "invokeAsService">;
  /** Whether addresses count as confirmed from the start. */
  readonly confirmSubscriptions: boolean;
}): Sns {
  let topics = new Map<string, readonly unknown[] | "default policy">();
  let subscriptions: readonly Subscription[] = [];

  const publish = (notification: Notification): string => {
    const messageId = uuidOf("sns", notification.at, notification.topicArn, notification.message);
    for (const subscription of subscriptions)
      if (subscription.topicArn === notification.topicArn) deliver(notification, subscription, messageId);
    return messageId;
  };

  const deliver = (notification: Notification, subscription: Subscription, messageId: string) => {
    const { at, subject } = notification;
    const { protocol, endpoint } = subscription;
    const message = notification.byProtocol?.[protocol] ?? notification.message;
    if (protocol === "lambda")
      deps.lambda.invokeAsService({
        at,
        function: endpoint,
        principal: "sns.amazonaws.com",
        sourceArn: notification.topicArn,
        trigger: `topic ${notification.topicArn.split(":").at(-1)}`,
        payload: lambdaEvent(notification, subscription, messageId),
      });
    else if (subscription.confirmed)
      deps.journal.write({ at, kind: "notified", protocol, endpoint, subject, message });
    else
      deps.journal.write({
        at,
        kind: "lost",
        what: `notification "${subject}"`,
        to: `${protocol} ${endpoint}`,
        because: "the subscription is not confirmed",
      });
  };

  return {
    deploy: (template) => {
      const policies = template.ofType("AWS::SNS::TopicPolicy");
      topics = new Map(
        template
          .ofType("AWS::SNS::Topic")
          .map(({ identity }) => [identity.Ref, documentsFor(identity.Ref, policies)]),
      );
      subscriptions = template.ofType("AWS::SNS::Subscription").map(({ name, properties }) => {
        const arn = `${properties.TopicArn}:${uuidOf("subscription", name)}`;
        const before = subscriptions.find((subscription) => subscription.arn === arn);
        const unasked = ["lambda", "sms"].includes(properties.Protocol);
        return {
          arn,
          topicArn: properties.TopicArn,
          protocol: properties.Protocol,
          endpoint: properties.Endpoint,
          confirmed: before?.confirmed ?? (unasked || deps.confirmSubscriptions),
        };
      });
    },
    subscriptions: () => subscriptions,
    confirm: (endpoint) => {
      const found = subscriptions.filter((subscription) => subscription.endpoint === endpoint);
      if (found.length === 0) throw new Error(`No subscription has the endpoint ${endpoint}.`);
      for (const subscription of found) subscription.confirmed = true;
    },
    publishAsService: (notification, principal, sourceArn) => {
      const { at, topicArn } = notification;
      const documents = topics.get(topicArn);
      const access = {
        principal,
        action: "sns:Publish",
        resource: topicArn,
        sourceArn,
        sourceAccount: ACCOUNT,
      };
      if (documents === "default policy" || (documents !== undefined && allows(documents, access)))
        publish(notification);
      else
        deps.journal.write({
          at,
          kind: "lost",
          what: `notification "${notification.subject}"`,
          to: topicArn,
          because:
            documents === undefined
              ? "the topic does not exist"
              : `the topic's policy does not allow ${principal} to publish`,
        });
    },
    handlers: {
      Publish: handler<PublishInput, PublishResponse>(
        ["TopicArn", "Subject", "Message", "MessageStructure"],
        (input, call) => {
          const topicArn = existing(topics, input.TopicArn);
          const { Subject: subject = "" } = input;
          return { MessageId: publish({ at: call.at, topicArn, subject, ...messageOf(input) }) };
        },
      ),
      ListSubscriptionsByTopic: handler<ListSubscriptionsByTopicInput, ListSubscriptionsByTopicResponse>(
        ["TopicArn"],
        (input) => {
          const topicArn = existing(topics, input.TopicArn);
          return {
            Subscriptions: subscriptions
              .filter((subscription) => subscription.topicArn === topicArn)
              .map((subscription) => ({
                SubscriptionArn: subscription.confirmed ? subscription.arn : "PendingConfirmation",
                Owner: ACCOUNT,
                Protocol: subscription.protocol,
                Endpoint: subscription.endpoint,
                TopicArn: topicArn,
              })),
          };
        },
      ),
      GetTopicAttributes: handler<GetTopicAttributesInput, GetTopicAttributesResponse>(
        ["TopicArn"],
        (input) => {
          const topicArn = existing(topics, input.TopicArn);
          const own = subscriptions.filter((subscription) => subscription.topicArn === topicArn);
          const confirmed = own.filter((subscription) => subscription.confirmed).length;
          return {
            Attributes: {
              TopicArn: topicArn,
              Owner: ACCOUNT,
              SubscriptionsConfirmed: String(confirmed),
              SubscriptionsPending: String(own.length - confirmed),
              ...policyAttribute(topics.get(topicArn)),
            },
          };
        },
      ),
    },
  };
}

/** A topic has one policy document; several TopicPolicy resources would overwrite each other on AWS. */
function policyAttribute(documents: readonly unknown[] | "default policy" | undefined): { Policy?: string } {
  const [document] = documents === "default policy" || documents === undefined ? [] : documents;
  return document === undefined ? {} : { Policy: JSON.stringify(document) };
}

function documentsFor(
  topicArn: string,
  policies: readonly Resource<"AWS::SNS::TopicPolicy">[],
): readonly unknown[] | "default policy" {
  const own = policies.filter(({ properties }) => properties.Topics.includes(topicArn));
  return own.length === 0 ? "default policy" : own.map(({ properties }) => properties.PolicyDocument);
}

function existing(topics: ReadonlyMap<string, unknown>, topicArn: string | undefined): string {
  if (topicArn !== undefined && topics.has(topicArn)) return topicArn;
  throw new AwsError("NotFoundException", "Topic does not exist", 404);
}

/** https://docs.aws.amazon.com/lambda/latest/dg/with-sns.html, read 2026-11 */
function lambdaEvent(notification: Notification, subscription: Subscription, messageId: string): object {
  return {
    Records: [
      {
        EventSource: "aws:sns",
        EventVersion: "1.0",
        EventSubscriptionArn: subscription.arn,
        Sns: {
          Type: "Notification",
          MessageId: messageId,
          TopicArn: notification.topicArn,
          Subject: notification.subject === "" ? null : notification.subject,
          Message: notification.message,
          Timestamp: new Date(notification.at).toISOString(),
          SignatureVersion: "1",
          Signature: "local",
          SigningCertUrl: "local",
          UnsubscribeUrl: "local",
          MessageAttributes: {},
        },
      },
    ],
  };
}
