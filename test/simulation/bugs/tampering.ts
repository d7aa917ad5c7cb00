import type { ControlStore, ProviderReply } from "../../../lib/app/ports.ts";
import type { WarmPorts } from "../../../lib/app/warm-cycle.ts";
import type { Control } from "../../../lib/core/control.ts";
import type { RequestBody } from "../../../lib/core/prefix.ts";
import type { PrefixState } from "../../../lib/core/prefix-state.ts";

/** What the use case writes becomes something else on its way to the store. */
export function writing(ports: WarmPorts, change: (next: Control, before: Control) => Control): WarmPorts {
  const { control } = ports;
  return {
    ...ports,
    control: {
      read: () => control.read(),
      write: async (next, expected, revision) => {
        const before = (await control.read())?.control ?? next;
        return control.write(change(next, before), expected, revision);
      },
    },
  };
}

/** The use case is shown something else than what is stored. */
export function reading(ports: WarmPorts, change: (control: Control) => Control): WarmPorts {
  const read = async () => {
    const held = await ports.control.read();
    return held && { ...held, control: change(held.control) };
  };
  return { ...ports, control: { read, write: (...args) => ports.control.write(...args) } };
}

export function controlled(ports: WarmPorts, control: ControlStore): WarmPorts {
  return { ...ports, control };
}

/** Prefix items become something else on their way to the store. */
export function saving(ports: WarmPorts, change: (state: PrefixState) => PrefixState): WarmPorts {
  const { prefixes } = ports;
  return {
    ...ports,
    prefixes: {
      due: (until) => prefixes.due(until),
      all: () => prefixes.all(),
      some: (fingerprints) => prefixes.some(fingerprints),
      any: () => prefixes.any(),
      save: (states) => prefixes.save(states.map(change)),
    },
  };
}

/** The provider's answers become something else on their way back. */
export function answering(
  ports: WarmPorts,
  change: (reply: ProviderReply, request: RequestBody) => ProviderReply,
): WarmPorts {
  const { provider } = ports;
  return {
    ...ports,
    provider: {
      count: (request, timeoutMs) => provider.count(request, timeoutMs),
      send: async (request, timeoutMs) => change(await provider.send(request, timeoutMs), request),
    },
  };
}

/** The same, without a pause. */
export function unpaused({ paused: _paused, ...control }: Control): Control {
  return control;
}
