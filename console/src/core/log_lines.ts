// A log as it comes, in lines, within a fixed amount of memory: the oldest lines go first, and their number stays known.
// Lines have absolute numbers, which don't change when older ones go.
import { stripAnsi } from './ansi';

export interface LogLimits {
  lines: number;
  chars: number;
  lineChars: number; // longer lines are cut into several
}

export const logLimits: LogLimits = { lines: 200_000, chars: 24_000_000, lineChars: 16_000 };

export class LogLines {
  first = 0; // absolute number of the oldest line kept; as many were dropped
  private raw: string[] = [];
  private plainText: string[] = [];
  private open = ''; // the last line, whose end has not come
  private chars = 0;

  constructor(private readonly limits: LogLimits = logLimits) {}

  get end(): number {
    return this.first + this.raw.length + (this.open === '' ? 0 : 1);
  }

  // Lines below this number don't change any more.
  get closed(): number {
    return this.first + this.raw.length;
  }

  append(chunk: string): void {
    const parts = (this.open + chunk).split('\n');
    this.open = parts.pop() ?? '';
    for (const part of parts) this.close(part);
    while (this.open.length > this.limits.lineChars) {
      this.close(this.open.slice(0, this.limits.lineChars));
      this.open = this.open.slice(this.limits.lineChars);
    }
    this.drop();
  }

  line(number: number): string {
    const index = number - this.first;
    return index < this.raw.length ? (this.raw[index] ?? '') : lastState(this.open);
  }

  // Without escapes: what is searched, and whose length counts for wrapping.
  plain(number: number): string {
    const index = number - this.first;
    return index < this.raw.length ? (this.plainText[index] ?? '') : stripAnsi(lastState(this.open));
  }

  private close(line: string): void {
    for (let from = 0; from === 0 || from < line.length; from += this.limits.lineChars) {
      const part = lastState(line.slice(from, from + this.limits.lineChars));
      const plain = stripAnsi(part);
      this.raw.push(part);
      this.plainText.push(plain === part ? part : plain); // the same string twice costs no memory
      this.chars += part.length + 1;
    }
  }

  // An eighth more than needed goes, so that this is seldom done.
  private drop(): void {
    if (this.raw.length <= this.limits.lines && this.chars <= this.limits.chars) return;
    let count = 0;
    let left = this.chars;
    while (count < this.raw.length && (this.raw.length - count > this.limits.lines * 0.875 || left > this.limits.chars * 0.875)) {
      left -= this.raw[count]!.length + 1;
      count += 1;
    }
    this.raw.splice(0, count);
    this.plainText.splice(0, count);
    this.chars = left;
    this.first += count;
  }
}

// Progress bars write a line again and again with carriage returns: what stands last is what a terminal shows.
function lastState(line: string): string {
  if (!line.includes('\r')) return line;
  const states = line.split('\r').filter((state) => state !== '');
  return states[states.length - 1] ?? '';
}
