// Server-sent events from the text of a stream, as an EventSource reads them: pieces end anywhere, also within a line.
export interface StreamEvent {
  name: string;
  data: string;
}

export class EventParser {
  private rest = '';
  private name = '';
  private data: string[] = [];

  push(text: string): StreamEvent[] {
    const lines = (this.rest + text).split('\n');
    this.rest = lines.pop() ?? '';
    const told: StreamEvent[] = [];
    for (const line of lines) this.take(line.endsWith('\r') ? line.slice(0, -1) : line, told);
    return told;
  }

  private take(line: string, told: StreamEvent[]): void {
    if (line === '') {
      if (this.data.length > 0) told.push({ name: this.name || 'message', data: this.data.join('\n') });
      this.name = '';
      this.data = [];
      return;
    }
    const colon = line.indexOf(':');
    if (colon === 0) return; // a comment: the server says that it lives
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '');
    if (field === 'event') this.name = value;
    if (field === 'data') this.data.push(value);
  }
}
