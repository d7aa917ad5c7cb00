/** What a CDK app imports. The application itself imports `cdk-prompt-cache-warmer/client`. */
export { CodeDeployGate, type CodeDeployGateProps } from "./cdk/codedeploy-gate.ts";
export { defineWarmer } from "./cdk/define-warmer.ts";
export { EcsGate, type EcsGateProps } from "./cdk/ecs-gate.ts";
export type { HookSettings } from "./cdk/hook-settings.ts";
export { PromptCacheWarmer } from "./cdk/prompt-cache-warmer.ts";
export type { PromptCacheWarmerProps } from "./cdk/prompt-cache-warmer-props.ts";
export { WarmerStack, type WarmerStackProps } from "./cdk/warmer-stack.ts";
export type { AlarmName } from "./core/alarms.ts";
export type { ActionOnLimit, WarmerConfig, WarmerOptions } from "./core/config.ts";
export type { MetricName } from "./core/metrics.ts";
