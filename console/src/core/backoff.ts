// How long to wait before the next try to connect: doubles from 1 s to 30 s, less up to a quarter, so that many consoles don't come
// at once.

export function backoffMs(failures: number, random: number): number {
  const base = Math.min(30_000, 1000 * 2 ** Math.min(10, Math.max(0, failures - 1)));
  return Math.round(base * (1 - 0.25 * Math.min(1, Math.max(0, random))));
}
