import { type CloudWatchClient, DescribeAlarmsCommand, type MetricAlarm } from "@aws-sdk/client-cloudwatch";

/** @throws Error if there is no such alarm */
export async function readAlarm(cloudWatch: CloudWatchClient, name: string): Promise<MetricAlarm> {
  const { MetricAlarms: alarms = [] } = await cloudWatch.send(
    new DescribeAlarmsCommand({ AlarmNames: [name] }),
  );
  const [alarm] = alarms;
  if (alarm === undefined) throw new Error(`there is no alarm ${name}`);
  return alarm;
}
