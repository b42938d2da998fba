// Rows of equal height that a log takes up: one per line, or as many as its length needs at a width. Finds what is in view without looking
// at every line.
import type { LogLines } from './log_lines';

export class LogRows {
  private starts: number[] = [0]; // first row of each kept line, and the end
  private from = 0; // absolute number of the first line counted

  // columns 0: lines are not wrapped.
  constructor(
    private readonly lines: LogLines,
    readonly columns: number,
  ) {
    this.from = lines.first;
    this.update();
  }

  get count(): number {
    return this.starts[this.starts.length - 1] ?? 0;
  }

  // After lines were added or dropped. The last line is counted again: it may have grown.
  update(): void {
    if (this.lines.first > this.from) {
      const gone = Math.min(this.lines.first - this.from, this.starts.length - 1);
      const base = this.starts[gone] ?? 0;
      this.starts = this.starts.slice(gone).map((start) => start - base);
      this.from = this.lines.first;
    }
    if (this.starts.length > 1) this.starts.pop();
    for (let line = this.from + this.starts.length - 1; line < this.lines.end; ++line) {
      this.starts.push((this.starts[this.starts.length - 1] ?? 0) + this.rowsOf(line));
    }
  }

  // The line in a row, and the column where the row begins.
  at(row: number): { line: number; column: number } {
    let low = 0;
    let high = this.starts.length - 2;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.starts[middle]! <= row) low = middle;
      else high = middle - 1;
    }
    return { line: this.from + low, column: (row - (this.starts[low] ?? 0)) * this.columns };
  }

  rowOf(line: number, column = 0): number {
    const start = this.starts[Math.max(0, Math.min(line - this.from, this.starts.length - 1))] ?? 0;
    return start + (this.columns > 0 ? Math.floor(column / this.columns) : 0);
  }

  private rowsOf(line: number): number {
    return this.columns > 0 ? Math.max(1, Math.ceil(this.lines.plain(line).length / this.columns)) : 1;
  }
}
