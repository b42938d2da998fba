// Numbers for people, as farmctl prints them: "8.3 s", "1 min 34 s", "22.3 MB".

export function duration(ms: number): string {
  const whole = Math.max(0, ms);
  if (whole < 1000) return `${(whole / 1000).toFixed(2)} s`;
  if (whole < 60_000) return `${(Math.floor(whole / 100) / 10).toFixed(1)} s`;
  const seconds = Math.floor(whole / 1000);
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
  return `${Math.floor(seconds / 3600)} h ${Math.floor(seconds / 60) % 60} min`;
}

export function bytes(count: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'];
  let value = Math.max(0, count);
  let unit = 0;
  while (value >= 1000 && unit + 1 < units.length) {
    value /= 1000;
    unit += 1;
  }
  return unit === 0 ? `${value.toFixed(0)} B` : `${value.toFixed(1)} ${units[unit]}`;
}

// "just now", "12 s ago", "3 min ago", "5 h ago", "2 days ago". A time ahead (clocks differ) counts as now.
export function ago(ms: number, now: number): string {
  const seconds = Math.floor((now - ms) / 1000);
  if (seconds < 3) return 'just now';
  if (seconds < 60) return `${seconds} s ago`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ago`;
  if (seconds < 48 * 3600) return `${Math.floor(seconds / 3600)} h ago`;
  return `${Math.floor(seconds / 86_400)} days ago`;
}

// The exact local time, with milliseconds left out: "2026-11-24 11:07:47".
export function exactTime(ms: number): string {
  const date = new Date(ms);
  const two = (value: number): string => String(value).padStart(2, '0');
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  return `${day} ${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
}

// An offset on a time axis, short: "0", "30 s", "2 min", "2:30", "1 h 05".
export function offset(ms: number): string {
  if (ms === 0) return '0';
  if (ms < 1000) return `${ms} ms`;
  const seconds = ms / 1000;
  if (seconds < 60) return `${Number(seconds.toFixed(1))} s`;
  const whole = Math.round(seconds);
  const rest = whole % 60;
  if (whole < 3600) return rest === 0 ? `${whole / 60} min` : `${Math.floor(whole / 60)}:${String(rest).padStart(2, '0')}`;
  return `${Math.floor(whole / 3600)} h ${String(Math.floor(whole / 60) % 60).padStart(2, '0')}`;
}

export const count = (value: number, one: string, many = `${one}s`): string => `${value.toLocaleString('en')} ${value === 1 ? one : many}`;

export const percent = (part: number, whole: number): string => (whole > 0 ? `${Math.round((100 * part) / whole)} %` : '-');

export const shortDigest = (digest: string): string => digest.replace(/^sha256:/, '').slice(0, 12);

// Most jobs are images: in charts their names go without the word.
export const shortJob = (name: string): string => name.replace(/^image /, '');

// Names of images in the middle of a job's name are long: cut in the middle, so that both ends stay readable.
export function fit(value: string, width: number): string {
  if (value.length <= width) return value;
  if (width < 2) return width === 1 ? '…' : '';
  const head = Math.ceil((width - 1) / 2);
  return `${value.slice(0, head)}…${value.slice(value.length - (width - 1 - head))}`;
}
