// One stop of the Tab key for a chart; arrow keys go between what is in it.
import { useRef, useState } from 'preact/hooks';
import type { Box } from '../core/spatial';
import { directions, nearest } from '../core/spatial';

export interface Roving {
  root: { current: HTMLDivElement | null };
  stop: string; // the name that Tab reaches
  onKeyDown: (event: KeyboardEvent) => void;
  onFocus: (name: string) => void;
}

// `boxes`: where things lie, by name. Elements carry data-name.
export function useRoving(boxes: readonly Box[], selected: string): Roving {
  const root = useRef<HTMLDivElement>(null);
  const [focused, setFocused] = useState('');
  const has = (name: string): boolean => name !== '' && boxes.some((box) => box.name === name);
  const stop = has(focused) ? focused : has(selected) ? selected : (boxes[0]?.name ?? '');
  const onKeyDown = (event: KeyboardEvent): void => {
    const direction = directions[event.key];
    if (!direction || event.ctrlKey || event.altKey || event.metaKey) return;
    const next = nearest(boxes, stop, direction);
    event.preventDefault();
    if (next === '') return;
    setFocused(next);
    const element = root.current?.querySelector<SVGElement>(`[data-name="${CSS.escape(next)}"]`);
    element?.focus();
    element?.scrollIntoView({ block: 'nearest', inline: 'nearest' });
  };
  return { root, stop, onKeyDown, onFocus: setFocused };
}
