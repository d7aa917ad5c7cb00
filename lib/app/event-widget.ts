import { eventStrip, stripRequest } from "../core/event-strip.ts";
import type { KnownEventStore } from "./ports.ts";

/** The known events of all partitions: what each of them marked, a flip for example, is one event. */
export function eventsOfAll(
  stores: readonly Pick<KnownEventStore, "between">[],
): Pick<KnownEventStore, "between"> {
  return {
    between: async (from, to) => {
      const found = (await Promise.all(stores.map((store) => store.between(from, to)))).flat();
      const once = [...new Map(found.map((event) => [event.id, event])).values()];
      return once.sort((a, b) => a.from - b.from);
    },
  };
}

/**
 * Answers a dashboard that asks for flips and known events: HTML for its widget, from state alone. Anything that is not
 * such a question is none of its business: `undefined`. Whoever looks at the dashboard asks as themselves, so no
 * function needs a permission to write dashboards.
 *
 * A table that does not answer is told in the widget; it is no error of the function, which has an alarm.
 */
export async function eventWidget(
  events: Pick<KnownEventStore, "between">,
  event: unknown,
): Promise<string | undefined> {
  const request = stripRequest(event);
  if (request === undefined) return undefined;
  try {
    return eventStrip(await events.between(request.from, request.to), request);
  } catch (error) {
    const cause = error instanceof Error ? error.name : "unknown";
    return `<p>Known events could not be read (${cause}); try <code>warmer mark --list</code>.</p>`;
  }
}
