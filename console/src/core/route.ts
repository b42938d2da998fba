// The part of the address after `#` ↔ what is shown. In the hash, so that any static server can serve the console.

export type Route =
  | { view: 'builds'; project: string; state: string; query: string }
  | { view: 'build'; build: number; job: string }
  | { view: 'agents' }
  | { view: 'cache' }
  | { view: 'unknown'; path: string };

const decode = (value: string): string => {
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
};

export function parseRoute(hash: string): Route {
  const [path = '', query = ''] = hash.replace(/^#/, '').split('?', 2) as [string, string?];
  const parts = path
    .split('/')
    .filter((part) => part !== '')
    .map(decode);
  const values = new URLSearchParams(query);
  if (parts.length === 0 || (parts.length === 1 && parts[0] === 'builds')) {
    return { view: 'builds', project: values.get('project') ?? '', state: values.get('state') ?? '', query: values.get('q') ?? '' };
  }
  const build = Number(parts[1]);
  if (parts[0] === 'builds' && Number.isSafeInteger(build) && build > 0) {
    if (parts.length === 2) return { view: 'build', build, job: '' };
    if (parts.length === 4 && parts[2] === 'jobs') return { view: 'build', build, job: parts[3] ?? '' };
  }
  if (parts.length === 1 && (parts[0] === 'agents' || parts[0] === 'cache')) return { view: parts[0] };
  return { view: 'unknown', path: decode(path) };
}

export function buildsLink(filter: { project?: string; state?: string; query?: string } = {}): string {
  const values = new URLSearchParams();
  if (filter.project) values.set('project', filter.project);
  if (filter.state) values.set('state', filter.state);
  if (filter.query) values.set('q', filter.query);
  const query = values.toString();
  return query === '' ? '#/builds' : `#/builds?${query}`;
}

export const buildLink = (build: number): string => `#/builds/${build}`;
export const jobLink = (build: number, job: string): string => `#/builds/${build}/jobs/${encodeURIComponent(job)}`;
