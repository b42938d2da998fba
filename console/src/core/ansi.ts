// Terminal text → pieces with style names. Colours and weights are kept; every other escape sequence and control character is taken out,
// so that a log can neither move the cursor nor reorder what people read.

export interface Span {
  text: string;
  style: string; // class names: "fg1 bold"; empty: plain
}

// CSI, OSC and other string sequences (also cut off at the line's end), two-byte escapes, and lone control characters but tab.
// eslint-disable-next-line no-control-regex
const escapes =
  /\x1b\[([0-9;:?]*)[ -/]*([@-~])|\x1b[\]PX^_][^\x07\x1b]*(?:\x07|\x1b\\|$)|\x1b[ -/]*[0-~]|\x1b|[\x00-\x08\x0a-\x1f\x7f-\x9f]/g;
const reordering = /[\u202a-\u202e\u2066-\u2069]/g;
const names = ['black', 'red', 'green', 'yellow', 'blue', 'magenta', 'cyan', 'white'];

interface Style {
  fg: string;
  bold: boolean;
  dim: boolean;
  italic: boolean;
  underline: boolean;
}

const plainStyle: Style = { fg: '', bold: false, dim: false, italic: false, underline: false };

const styleName = (style: Style): string =>
  [style.fg, style.bold && 'bold', style.dim && 'dim', style.italic && 'italic', style.underline && 'underline'].filter(Boolean).join(' ');

// 256 colours and true colour become the nearest of the eight.
function nearest(red: number, green: number, blue: number): string {
  const top = Math.max(red, green, blue);
  const bit = (value: number): number => (top > 0 && value > top * 0.6 ? 1 : 0);
  return `fg-${names[bit(red) + 2 * bit(green) + 4 * bit(blue)]}`;
}

function indexed(index: number): string {
  if (index < 16) return `fg-${names[index % 8]}`;
  if (index >= 232) return '';
  const level = index - 16;
  return nearest(Math.floor(level / 36), Math.floor(level / 6) % 6, level % 6);
}

// Applies one "select graphic rendition". Backgrounds are left out: no theme is readable with all of them.
function apply(style: Style, parameters: string): Style {
  const codes = parameters.split(/[;:]/).map((code) => (code === '' ? 0 : Number(code)));
  let next = { ...style };
  for (let i = 0; i < codes.length; ++i) {
    const code = codes[i]!;
    if (code === 0) next = { ...plainStyle };
    else if (code === 1) next.bold = true;
    else if (code === 2) next.dim = true;
    else if (code === 3) next.italic = true;
    else if (code === 4) next.underline = true;
    else if (code === 22) next.bold = next.dim = false;
    else if (code === 23) next.italic = false;
    else if (code === 24) next.underline = false;
    else if (code >= 30 && code <= 37) next.fg = `fg-${names[code - 30]}`;
    else if (code >= 90 && code <= 97) next.fg = `fg-${names[code - 90]}`;
    else if (code === 39) next.fg = '';
    else if (code === 38 || code === 48) {
      const rgb = codes[i + 1] === 2;
      if (code === 38) next.fg = rgb ? nearest(codes[i + 2] ?? 0, codes[i + 3] ?? 0, codes[i + 4] ?? 0) : indexed(codes[i + 2] ?? 0);
      i += rgb ? 4 : 2;
    }
  }
  return next;
}

const visible = (text: string): string => text.replace(reordering, '\ufffd').replace(/\t/g, '    ');

// One line; styles don't reach over its end.
export function parseAnsi(line: string): Span[] {
  const spans: Span[] = [];
  let style = plainStyle;
  let from = 0;
  const push = (text: string): void => {
    if (text === '') return;
    const name = styleName(style);
    const last = spans[spans.length - 1];
    if (last && last.style === name) last.text += visible(text);
    else spans.push({ text: visible(text), style: name });
  };
  for (const match of line.matchAll(escapes)) {
    push(line.slice(from, match.index));
    from = match.index + match[0].length;
    if (match[2] === 'm') style = apply(style, match[1] ?? '');
  }
  push(line.slice(from));
  return spans;
}

export const stripAnsi = (line: string): string => visible(line.replace(escapes, ''));

// The part [from, to) of a line's spans, cut at the marks too: what a row of a wrapped line shows.
export function cutSpans(spans: readonly Span[], from: number, to: number): Span[] {
  const cut: Span[] = [];
  let at = 0;
  for (const span of spans) {
    const begin = Math.max(from, at);
    const end = Math.min(to, at + span.text.length);
    if (begin < end) cut.push({ text: span.text.slice(begin - at, end - at), style: span.style });
    at += span.text.length;
  }
  return cut;
}
