/** Server-sent events out of text that comes in pieces (https://html.spec.whatwg.org/multipage/server-sent-events.html). */

export interface ServerEvent {
  event: string;
  data: string;
  /** Where to go on from behind it; empty where the event itself says nothing of it. */
  id: string;
}

export class EventParser {
  private rest = '';
  private event = '';
  private data: string[] = [];
  private id = '';

  /** The events that this piece completes. */
  push(piece: string): ServerEvent[] {
    const out: ServerEvent[] = [];
    this.rest += piece;
    // A return at the very end may be the half of a line end.
    for (;;) {
      const end = /\r\n|\n|\r(?!$)/.exec(this.rest);
      if (!end) return out;
      this.line(this.rest.slice(0, end.index), out);
      this.rest = this.rest.slice(end.index + end[0].length);
    }
  }

  private line(line: string, out: ServerEvent[]): void {
    if (!line) {
      if (this.data.length) out.push({ event: this.event || 'message', data: this.data.join('\n'), id: this.id });
      this.event = '';
      this.data = [];
      this.id = '';
      return;
    }
    const colon = line.indexOf(':');
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '');
    if (field === 'event') this.event = value;
    else if (field === 'data') this.data.push(value);
    else if (field === 'id') this.id = value;
  }
}
