import { PolicyStatement, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import { type ITopic, Subscription, SubscriptionProtocol, Topic } from "aws-cdk-lib/aws-sns";
import { ArnFormat, Stack } from "aws-cdk-lib/core";
import type { Construct } from "constructs";

/** A topic that takes messages over TLS only. It says nothing yet about who may publish: see {@link allowAlarms}. */
export function createTopic(scope: Construct, id: string, displayName: string): Topic {
  return new Topic(scope, id, { displayName, enforceSSL: true });
}

/**
 * Lets the alarms of this account and region publish to a topic. A topic without a policy takes them by default,
 * but the first statement that is added (the one on TLS, say) removes that default, and every alarm is lost
 * without a sign. On a topic that is imported this does nothing.
 */
export function allowAlarms(scope: Construct, topic: ITopic): void {
  const stack = Stack.of(scope);
  const alarms = stack.formatArn({
    service: "cloudwatch",
    resource: "alarm",
    // All alarms, not the warmer's alone: others on the same topic would lose the default just the same.
    resourceName: "*",
    arnFormat: ArnFormat.COLON_RESOURCE_NAME,
  });
  topic.addToResourcePolicy(
    new PolicyStatement({
      principals: [new ServicePrincipal("cloudwatch.amazonaws.com")],
      actions: ["sns:Publish"],
      resources: [topic.topicArn],
      conditions: {
        StringEquals: { "aws:SourceAccount": stack.account },
        ArnLike: { "aws:SourceArn": alarms },
      },
    }),
  );
}

/** Each address gets one message from SNS that asks it to confirm, and nothing else until it does. */
export function subscribe(scope: Construct, id: string, topic: ITopic, addresses: readonly string[]): void {
  for (const address of new Set(addresses)) {
    new Subscription(scope, `${id}-${address}`, {
      topic,
      protocol: SubscriptionProtocol.EMAIL,
      endpoint: address,
    });
  }
}
