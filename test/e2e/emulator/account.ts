/** The emulator's only account, and where it is. */
export const ACCOUNT = "000000000000";
export const REGION = "us-east-1";
/** The emulator takes these for the account's root user, who may do everything. */
export const ROOT = { accessKeyId: "test", secretAccessKey: "test" };
