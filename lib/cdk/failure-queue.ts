import type { IDestination } from "aws-cdk-lib/aws-lambda";
import { type IQueue, Queue } from "aws-cdk-lib/aws-sqs";
import { Duration, Validations } from "aws-cdk-lib/core";
import type { Construct } from "constructs";

/** Events that could not be delivered or handled, kept as long as SQS keeps anything. */
export function createFailureQueue(scope: Construct): IQueue {
  const queue = new Queue(scope, "FailureQueue", { enforceSSL: true, retentionPeriod: Duration.days(14) });
  Validations.of(queue).acknowledge({
    id: "AwsSolutions-SQS3",
    reason:
      "this queue is the dead-letter queue; nothing reads from it but a person, so nothing can fail twice",
  });
  return queue;
}

/** Lets Lambda put events there on a function's behalf. CDK's own destination would also let it look at the queue. */
export function failuresTo(queue: IQueue): IDestination {
  return {
    bind: (_scope, fn) => {
      queue.grant(fn, "sqs:SendMessage");
      return { destination: queue.queueArn };
    },
  };
}
