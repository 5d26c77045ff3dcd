/** One event of a stream of server-sent events. */
export interface StreamEvent {
  readonly name: string;
  readonly data: string;
}

/** A stream that never ends an event is none of ours. */
const PENDING_MAX = 16 << 20;

/** Takes the text of `text/event-stream` in whatever pieces it comes, and gives the events that are whole. */
export class EventStreamParser {
  #pending = "";

  /** @throws Error when an event has no end. */
  take(text: string): StreamEvent[] {
    const blocks = (this.#pending + text).split("\n\n");
    this.#pending = blocks.pop()!;
    if (this.#pending.length > PENDING_MAX) throw new Error("an event of the stream has no end");
    return blocks.flatMap(eventOf);
  }
}

function eventOf(block: string): StreamEvent[] {
  let name = "message";
  const data: string[] = [];
  for (const line of block.split("\n")) {
    if (line.startsWith("event: ")) name = line.slice(7);
    else if (line.startsWith("data: ")) data.push(line.slice(6));
  }
  return data.length === 0 ? [] : [{ name, data: data.join("\n") }];
}
