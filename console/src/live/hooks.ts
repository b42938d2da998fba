// What views ask for in one line.
import { useEffect, useMemo, useState } from 'preact/hooks';
import type { Route } from '../core/route';
import { parseRoute } from '../core/route';
import { farmNow } from './feeds';
import type { Link } from './link';

export function useRoute(): Route {
  const [hash, setHash] = useState(location.hash);
  useEffect(() => {
    const changed = (): void => setHash(location.hash);
    window.addEventListener('hashchange', changed);
    return () => window.removeEventListener('hashchange', changed);
  }, []);
  return useMemo(() => parseRoute(hash), [hash]);
}

// Runs as long as the view is there.
export function useLink(link: Link, active = true): void {
  useEffect(() => {
    if (!active) return undefined;
    link.start();
    return () => link.stop();
  }, [link, active]);
}

// The farm's time, again each `everyMs`; 0: stands still.
export function useNow(everyMs: number): number {
  const [now, setNow] = useState(farmNow);
  useEffect(() => {
    setNow(farmNow());
    if (everyMs === 0) return undefined;
    const timer = window.setInterval(() => setNow(farmNow()), everyMs);
    return () => window.clearInterval(timer);
  }, [everyMs]);
  return now;
}

export const calm = (): boolean => window.matchMedia('(prefers-reduced-motion: reduce)').matches;

// A setting that this browser remembers.
export function remembered(name: string, otherwise: string): string {
  try {
    return localStorage.getItem(`farm.${name}`) ?? otherwise;
  } catch {
    return otherwise; // no storage: private windows of some browsers
  }
}

export function remember(name: string, value: string): void {
  try {
    localStorage.setItem(`farm.${name}`, value);
  } catch {
    // As above: the setting lasts as long as the page.
  }
}
