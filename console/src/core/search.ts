// Finds a text in a log that grows and loses its oldest lines. Looks at each line once.
import type { LogLines } from './log_lines';

export interface Match {
  line: number; // absolute
  column: number;
}

export const matchesMax = 20_000;

export class Search {
  matches: Match[] = [];
  full = false; // there may be more than matchesMax
  private next = 0; // the first line not looked at
  private readonly wanted: string;

  constructor(
    readonly query: string,
    readonly exactCase: boolean,
  ) {
    this.wanted = exactCase ? query : query.toLowerCase();
  }

  update(lines: LogLines): void {
    if (this.wanted === '') return;
    if (this.matches.length > 0 && this.matches[0]!.line < lines.first) {
      this.matches = this.matches.filter((match) => match.line >= lines.first);
      this.full = false;
    }
    // The open line is looked at again when it grew.
    while (this.matches.length > 0 && this.matches[this.matches.length - 1]!.line >= this.next) this.matches.pop();
    for (let line = Math.max(this.next, lines.first); line < lines.end; ++line) {
      if (this.matches.length >= matchesMax) {
        this.full = true;
        return;
      }
      this.find(lines.plain(line), line);
      if (line < lines.closed) this.next = line + 1;
    }
  }

  // The match that comes next after a place, or before it; wraps around. -1: there is none.
  step(from: Match | undefined, forward: boolean): number {
    const count = this.matches.length;
    if (count === 0) return -1;
    if (!from) return forward ? 0 : count - 1;
    const order = (a: Match, b: Match): number => a.line - b.line || a.column - b.column;
    if (forward) {
      const index = this.matches.findIndex((match) => order(match, from) > 0);
      return index < 0 ? 0 : index;
    }
    for (let index = count - 1; index >= 0; --index) if (order(this.matches[index]!, from) < 0) return index;
    return count - 1;
  }

  // Columns of the matches in one line.
  inLine(line: number): number[] {
    let low = 0;
    let high = this.matches.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.matches[middle]!.line < line) low = middle + 1;
      else high = middle;
    }
    const columns: number[] = [];
    for (let i = low; i < this.matches.length && this.matches[i]!.line === line; ++i) columns.push(this.matches[i]!.column);
    return columns;
  }

  private find(plain: string, line: number): void {
    const text = this.exactCase ? plain : plain.toLowerCase();
    for (let at = text.indexOf(this.wanted); at >= 0; at = text.indexOf(this.wanted, at + this.wanted.length)) {
      this.matches.push({ line, column: at });
      if (this.matches.length >= matchesMax) return;
    }
  }
}
