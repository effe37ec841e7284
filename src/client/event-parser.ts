/** One event of a stream as it came. */
export interface RawEvent {
  readonly type: string;
  readonly data: string;
  /** The last id that the stream has told up to this event. */
  readonly id: string | undefined;
}

/**
 * Reads the format of server-sent events (WHATWG HTML, section 9.2.6) from texts that may be cut anywhere.
 */
export class EventParser {
  #rest = '';
  #type = '';
  #data: string[] = [];
  #id: string | undefined;

  /** The events that a further piece of the stream completes. */
  take(text: string): RawEvent[] {
    const events: RawEvent[] = [];
    const lines = (this.#rest + text).split(/\r\n|\n|\r(?!$)/);
    this.#rest = lines.pop() ?? '';
    for (const line of lines) {
      if (line !== '') this.#field(line);
      else if (this.#data.length > 0) events.push(this.#complete());
      else this.#type = '';
    }
    return events;
  }

  #field(line: string): void {
    const colon = line.indexOf(':');
    const name = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(line[colon + 1] === ' ' ? colon + 2 : colon + 1);
    if (name === 'event') this.#type = value;
    else if (name === 'data') this.#data.push(value);
    else if (name === 'id' && !value.includes('\0')) this.#id = value;
  }

  #complete(): RawEvent {
    const event = { type: this.#type || 'message', data: this.#data.join('\n'), id: this.#id };
    this.#type = '';
    this.#data = [];
    return event;
  }
}
