/** State that cannot be trusted: nothing is spent on it. */
export class StateUnreadable extends Error {
  override readonly name = "StateUnreadable";
}

/** The live-color parameter exists or not, but could not be read. */
export class TargetUnreadable extends Error {
  override readonly name = "TargetUnreadable";
}

/** The parameter of the TTL advice could not be read or written. */
export class AdviceFailed extends Error {
  override readonly name = "AdviceFailed";
}

/** A stored manifest that does not match its digest. */
export class ManifestDamaged extends Error {
  override readonly name = "ManifestDamaged";
}

/** An operator's request that is refused; the CLI ends with exit code 4. */
export class Refused extends Error {
  override readonly name = "Refused";
}

/** The API key parameter could not be read, or is empty. The message never contains the key. */
export class KeyUnreadable extends Error {
  override readonly name = "KeyUnreadable";
}

/** The deployment that waits for a gate's answer could not be told. */
export class CallbackFailed extends Error {
  override readonly name = "CallbackFailed";
}
