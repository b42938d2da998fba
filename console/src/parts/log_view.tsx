// A log of any length: only the rows in view are in the page. Search, follow, wrap. All of it is text; nothing in a log becomes markup.
import type { JSX } from 'preact';
import { useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import { cutSpans, parseAnsi } from '../core/ansi';
import { count } from '../core/format';
import { LogRows } from '../core/log_rows';
import type { Match } from '../core/search';
import { Search } from '../core/search';
import type { LogFeed } from '../live/log_feed';
import { remember, remembered } from '../live/hooks';
import { useStore } from '../live/store';

const rowHeight = 18;
const charWidth = 7.25;
const gutter = 62;
const overscan = 12;

interface RowProps {
  feed: LogFeed;
  rows: LogRows;
  row: number;
  search: Search | undefined;
  current: Match | undefined;
}

interface Piece {
  text: string;
  style: string;
}

// The spans of a row, with matches as pieces of their own.
function pieces({ feed, rows, row, search, current }: RowProps): { number: string; pieces: Piece[] } {
  const { line, column } = rows.at(row);
  const spans = parseAnsi(feed.lines.line(line));
  const length = spans.reduce((sum, span) => sum + span.text.length, 0);
  const end = rows.columns > 0 ? Math.min(length, column + rows.columns) : length;
  const found: Piece[] = [];
  let at = column;
  const width = search?.query.length ?? 0;
  for (const match of search?.inLine(line) ?? []) {
    const from = Math.max(at, match);
    const to = Math.min(end, match + width);
    if (from >= to) continue;
    found.push(...cutSpans(spans, at, from));
    const now = current?.line === line && current.column === match;
    found.push({
      text: cutSpans(spans, from, to)
        .map((span) => span.text)
        .join(''),
      style: now ? 'match now' : 'match',
    });
    at = to;
  }
  found.push(...cutSpans(spans, at, end));
  return { number: column === 0 ? String(line + 1) : '', pieces: found };
}

function Row(props: RowProps): JSX.Element {
  const shown = pieces(props);
  return (
    <div class="log-row" style={{ top: `${props.row * rowHeight}px` }}>
      <span class="log-number" aria-hidden="true">
        {shown.number}
      </span>
      <span class="log-text">
        {shown.pieces.map((piece, index) =>
          piece.style.startsWith('match') ? (
            <mark key={index} class={piece.style}>
              {piece.text}
            </mark>
          ) : (
            <span key={index} class={piece.style}>
              {piece.text}
            </span>
          ),
        )}
      </span>
    </div>
  );
}

// What is in view of a scrolling element, by rows.
function useWindow(total: number): {
  node: { current: HTMLDivElement | null };
  top: number;
  height: number;
  width: number;
  onScroll: () => void;
} {
  const node = useRef<HTMLDivElement>(null);
  const [view, setView] = useState({ top: 0, height: 400, width: 800 });
  const measure = useCallback(() => {
    const element = node.current;
    if (element) setView({ top: element.scrollTop, height: element.clientHeight, width: element.clientWidth });
  }, []);
  useEffect(() => {
    const observer = new ResizeObserver(measure);
    if (node.current) observer.observe(node.current);
    return () => observer.disconnect();
  }, [measure]);
  useLayoutEffect(measure, [total]);
  return { node, ...view, onScroll: measure };
}

interface SearchBarProps {
  query: string;
  onQuery: (query: string) => void;
  search: Search | undefined;
  current: Match | undefined;
  onStep: (forward: boolean) => void;
  exactCase: boolean;
  onCase: () => void;
}

function SearchBar({ query, onQuery, search, current, onStep, exactCase, onCase }: SearchBarProps): JSX.Element {
  const total = search?.matches.length ?? 0;
  const index = current ? (search?.matches.findIndex((match) => match.line === current.line && match.column === current.column) ?? -1) : -1;
  const said =
    query === ''
      ? ''
      : total === 0
        ? 'no match'
        : `${index >= 0 ? `${index + 1} of ` : ''}${total.toLocaleString('en')}${search?.full ? '+' : ''}`;
  return (
    <form
      class="search"
      role="search"
      aria-label="Log"
      onSubmit={(event) => {
        event.preventDefault();
        onStep(true);
      }}
    >
      <input
        type="search"
        data-search
        value={query}
        placeholder="Find in the log"
        aria-label="Find in the log"
        autocomplete="off"
        spellcheck={false}
        onInput={(event) => onQuery(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key === 'Enter' && event.shiftKey) {
            event.preventDefault();
            onStep(false);
          }
        }}
      />
      <span class="search-count" role="status">
        {said}
      </span>
      <button type="button" aria-label="Previous match" title="Previous match (N)" disabled={total === 0} onClick={() => onStep(false)}>
        ↑
      </button>
      <button type="button" aria-label="Next match" title="Next match (n)" disabled={total === 0} onClick={() => onStep(true)}>
        ↓
      </button>
      <button type="button" aria-pressed={exactCase} aria-label="Match case" title="Match case" onClick={onCase}>
        Aa
      </button>
    </form>
  );
}

interface LogViewProps {
  feed: LogFeed;
  empty: string; // what is said while there is nothing
  onSave: () => void;
  name: string;
}

export function LogView({ feed, empty, onSave, name }: LogViewProps): JSX.Element {
  const version = useStore(feed.version);
  const [wrap, setWrap] = useState(remembered('wrap', '1') === '1');
  const [following, setFollowing] = useState(true);
  const [query, setQuery] = useState('');
  const [exactCase, setExactCase] = useState(false);
  const [current, setCurrent] = useState<Match | undefined>();
  const rowsRef = useRef<LogRows | undefined>(undefined);
  const window = useWindow(version);
  const columns = wrap ? Math.max(20, Math.floor((window.width - gutter - 12) / charWidth)) : 0;

  const rows = useMemo(() => {
    const kept = rowsRef.current;
    if (!kept || kept.columns !== columns) rowsRef.current = new LogRows(feed.lines, columns);
    else kept.update();
    return rowsRef.current!;
  }, [feed, columns, version]);
  const finder = useMemo(() => (query === '' ? undefined : new Search(query, exactCase)), [feed, query, exactCase]);
  useMemo(() => finder?.update(feed.lines), [finder, version]);

  const toRow = (row: number): void => {
    const element = window.node.current;
    if (element) element.scrollTop = Math.max(0, row * rowHeight - element.clientHeight / 2);
  };
  const show = (match: Match | undefined): void => {
    setCurrent(match);
    if (!match) return;
    setFollowing(false);
    toRow(rows.rowOf(match.line, match.column));
  };
  const step = (forward: boolean): void => show(finder?.matches[finder.step(current, forward)]);
  const onQuery = (next: string): void => {
    setQuery(next);
    if (next === '') return setCurrent(undefined);
    const first = new Search(next, exactCase);
    first.update(feed.lines);
    return show(first.matches[first.step(current && { line: current.line, column: current.column - 1 }, true)]);
  };
  // A search may be faster than the log: the first match is shown when it comes.
  useLayoutEffect(() => {
    if (!current && finder && finder.matches.length > 0) show(finder.matches[0]);
  }, [finder, version]);
  useLayoutEffect(() => {
    const element = window.node.current;
    if (following && element) element.scrollTop = element.scrollHeight;
  }, [following, version, rows, window.height]);
  const onScroll = (): void => {
    window.onScroll();
    const element = window.node.current;
    if (!element) return;
    const atEnd = element.scrollTop + element.clientHeight >= element.scrollHeight - 2 * rowHeight;
    if (!atEnd && following) setFollowing(false);
  };
  const toggleWrap = (): void => {
    remember('wrap', wrap ? '0' : '1');
    setWrap(!wrap);
  };

  const first = Math.max(0, Math.floor(window.top / rowHeight) - overscan);
  const last = Math.min(rows.count, Math.ceil((window.top + window.height) / rowHeight) + overscan);
  const inView = Array.from({ length: Math.max(0, last - first) }, (_, index) => first + index);
  return (
    <section class="log" aria-label={`Log of ${name}`}>
      <div class="log-tools">
        <SearchBar
          query={query}
          onQuery={onQuery}
          search={finder}
          current={current}
          onStep={step}
          exactCase={exactCase}
          onCase={() => setExactCase(!exactCase)}
        />
        <span class="log-switches">
          <button
            type="button"
            data-action="follow"
            aria-pressed={following}
            title="Follow the end (f)"
            onClick={() => setFollowing(!following)}
          >
            Follow
          </button>
          <button type="button" data-action="wrap" aria-pressed={wrap} title="Wrap long lines (w)" onClick={toggleWrap}>
            Wrap
          </button>
          <button type="button" title="Save the whole log as a file" onClick={onSave}>
            Save
          </button>
        </span>
        <button type="button" hidden data-action="match-next" onClick={() => step(true)} />
        <button type="button" hidden data-action="match-previous" onClick={() => step(false)} />
      </div>
      {feed.lines.first > 0 && <p class="muted">The first {count(feed.lines.first, 'line')} are not kept here; “Save” has them.</p>}
      <div
        class={wrap ? 'log-scroll' : 'log-scroll wide'}
        ref={window.node}
        onScroll={onScroll}
        tabIndex={0}
        role="region"
        aria-label="Log text"
      >
        {rows.count === 0 && <p class="muted log-empty">{empty}</p>}
        <div class="log-rows" style={{ height: `${rows.count * rowHeight}px` }}>
          {inView.map((row) => (
            <Row key={row} feed={feed} rows={rows} row={row} search={finder} current={current} />
          ))}
        </div>
      </div>
      <p class="log-foot muted">{count(feed.lines.end, 'line')}</p>
    </section>
  );
}
