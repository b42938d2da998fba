// A coordinator without a farm: serves the built console and made-up answers. `node dev/fake_farm.mjs DIST [PORT]`, or from tests, which
// also cut its connections and change its builds.
import { createReadStream, existsSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname, join, normalize } from 'node:path';
import * as make from './fixtures.mjs';

const types = { '.html': 'text/html; charset=utf-8', '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml' };
const finals = ['succeeded', 'failed', 'cancelled'];

export class FakeFarm {
  builds = new Map();
  logs = new Map(); // "build/job" → text
  explanations = new Map(); // "build/job" → what a test wants to be told
  agents = [];
  problems = [];
  cache = undefined;
  away = false; // as if the machine were off: connections are cut
  requests = [];
  streams = new Set();

  constructor(dist) {
    this.dist = dist;
    this.server = createServer((request, response) => this.serve(request, response));
    this.server.on('connection', (socket) => this.away && socket.destroy());
  }

  async start(port = 0) {
    await new Promise((resolve) => this.server.listen(port, '127.0.0.1', resolve));
    this.url = `http://127.0.0.1:${this.server.address().port}/`;
    return this;
  }

  // A farm with something of everything.
  fill(now = Date.now()) {
    const hour = 3_600_000;
    for (let i = 1; i <= 40; ++i) {
      const at = now - (60 - i) * hour;
      this.put(make.build(i, i % 3 ? 'market' : 'shop', i % 7 ? 'succeeded' : 'cancelled', at, { finished_ms: at + 4000 + i * 900 }));
    }
    this.put(make.coldBuild(41, now - 2 * hour));
    this.put(make.failedBuild(42, now - hour));
    this.put(make.bigBuild(43, now - hour / 2));
    this.put(make.liveBuild(44, now - 9000));
    this.logs.set('42/image api', make.failingLog);
    const failed = this.builds.get(42);
    this.explanations.set('42/image api', make.fullExplanation(failed, failed.jobs.find((one) => one.name === 'image api')));
    this.logs.set('41/compile', make.bigLog(150_000));
    this.logs.set('44/image api', '#3 [builder] RUN cargo build --release\n');
    this.agents = [
      make.agent('alpha', {
        busy: 1,
        load_permille: 1720,
        running: ['image api'],
        holds: [make.held('deps', 'deps'), make.held('crates', 'crates')],
        holds_total: 9,
        assignments: [
          {
            build: 44,
            job: 'image api',
            kind: 'image',
            phase: 'building 3/7: cargo build --release',
            progress_permille: 420,
            assigned_ms: now - 6500,
          },
        ],
      }),
      make.agent('beta', { state: 'draining', disk_free_bytes: 12e9 }),
      make.agent('gamma', { state: 'lost', heard_ms: now - 400_000 }),
    ];
    this.cache = make.cache(now);
    return this;
  }

  put(build) {
    this.builds.set(build.build, build);
    for (const stream of this.streams) {
      if (stream.build === build.build) this.tellBuild(stream, build);
      if (stream.farm) send(stream.response, 'build', make.summary(build));
    }
  }

  addLog(build, job, text) {
    const name = `${build}/${job}`;
    this.logs.set(name, (this.logs.get(name) ?? '') + text);
    for (const stream of this.streams) if (stream.log === name) this.tellLog(stream);
  }

  cut() {
    this.away = true;
    this.server.closeAllConnections();
  }

  back() {
    this.away = false;
  }

  async stop() {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  farm() {
    const live = [...this.builds.values()].filter((build) => !finals.includes(build.state));
    return {
      schema: 'farm.farm.v1',
      version: '0.1.0',
      now_ms: Date.now(),
      started_ms: Date.now() - 86_400_000,
      registry: '127.0.0.1:5000',
      problems: this.problems,
      builds: {},
      open_builds: live.map((build) => build.build),
      agents: {
        up: this.agents.filter((agent) => agent.state === 'up').length,
        draining: this.agents.filter((agent) => agent.state === 'draining').length,
        lost: this.agents.filter((agent) => agent.state === 'lost').length,
      },
      slots: 2 * this.agents.length,
      busy: this.agents.reduce((sum, agent) => sum + agent.busy, 0),
      queued_jobs: live.length,
      running_jobs: 1,
      queue_oldest_ms: 0,
    };
  }

  serve(request, response) {
    const url = new URL(request.url, this.url);
    this.requests.push(url.pathname + url.search);
    if (!url.pathname.startsWith('/api/v1/')) return this.file(url.pathname, response);
    const parts = url.pathname.slice('/api/v1/'.length).split('/').map(decodeURIComponent);
    const answer = this.answer(parts, url.searchParams, response);
    if (answer === undefined)
      return json(response, 404, {
        schema: 'farm.error.v1',
        kind: 'not-found',
        message: `no ${parts.slice(0, 2).join(' ')} here`,
        exit_status: 2,
      });
    return answer === response ? undefined : json(response, 200, answer);
  }

  answer([first, second, third, job, fourth, fifth], query, response) {
    if (first === 'farm') return this.farm();
    if (first === 'agents') return { schema: 'farm.agents.v1', agents: this.agents };
    if (first === 'cache')
      return (
        this.cache ?? { schema: 'farm.cache.v1', counted_builds: 0, complete: true, kinds: [], slices: { count: 0, bytes: 0 }, newest: [] }
      );
    if (first === 'projects')
      return {
        schema: 'farm.projects.v1',
        projects: [...new Set([...this.builds.values()].map((one) => one.project))].map((name) => ({ name })),
      };
    if (first === 'events') return this.stream(response, { farm: true });
    if (first !== 'builds') return undefined;
    if (second === undefined) return this.list(query);
    const build = this.builds.get(Number(second));
    if (!build || third === undefined) return build;
    if (third === 'events') return this.stream(response, { build: build.build });
    if (third !== 'jobs') return undefined;
    const name = `${build.build}/${job}`;
    if (fourth === 'explanation') {
      const known = build.jobs.find((one) => one.name === job);
      return this.explanations.get(name) ?? (known && make.explanation(build, known));
    }
    if (fourth !== 'log') return undefined;
    if (fifth === 'events') return this.stream(response, { log: name, at: Number(query.get('offset')) });
    const part = this.part(name, Number(query.get('offset') ?? 0), Number(query.get('limit') ?? 262_144));
    if (query.get('format') !== 'text') return part;
    response.writeHead(200, { 'content-type': 'text/plain', 'farm-next-offset': part.next_offset, 'farm-ended': String(part.ended) });
    response.end(part.text);
    return response;
  }

  list(query) {
    const states = query.get('state')?.split(',');
    const before = Number(query.get('before') ?? 0) || Number.POSITIVE_INFINITY;
    const fit = [...this.builds.values()]
      .filter(
        (build) =>
          build.build < before &&
          (!states || states.includes(build.state)) &&
          (!query.get('project') || build.project === query.get('project')),
      )
      .sort((a, b) => b.build - a.build);
    const page = fit.slice(0, Math.min(30, Number(query.get('limit') ?? 50)));
    return { schema: 'farm.builds.v1', builds: page.map(make.summary), next_before: fit.length > page.length ? page.at(-1).build : 0 };
  }

  // Logs are ASCII but for what a test adds: characters count as bytes here.
  part(name, offset, limit) {
    const text = this.logs.get(name) ?? '';
    const next = Math.min(text.length, offset + limit);
    const build = this.builds.get(Number(name.split('/')[0]));
    const ended = next === text.length && finals.includes(build.state);
    return {
      schema: 'farm.log.v1',
      build: build.build,
      job: name.split('/')[1],
      offset,
      next_offset: next,
      ended,
      text: text.slice(offset, next),
    };
  }

  stream(response, wanted) {
    response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
    const stream = { response, ...wanted };
    this.streams.add(stream);
    response.on('close', () => this.streams.delete(stream));
    if (stream.farm) {
      send(response, 'farm', this.farm());
      send(response, 'agents', { schema: 'farm.agents.v1', agents: this.agents });
      // As the coordinator does: what began between the list and this stream would be in neither.
      for (const build of this.builds.values()) if (!finals.includes(build.state)) send(response, 'build', make.summary(build));
    } else if (stream.build) this.tellBuild(stream, this.builds.get(stream.build));
    else this.tellLog(stream);
    return response;
  }

  tellBuild(stream, build) {
    send(stream.response, 'status', build);
    if (finals.includes(build.state)) stream.response.end('event: end\ndata: {}\n\n');
  }

  tellLog(stream) {
    for (;;) {
      const part = this.part(stream.log, stream.at, 65_536);
      if (part.text !== '') send(stream.response, 'log', part);
      stream.at = part.next_offset;
      if (part.ended) return stream.response.end(`event: end\ndata: ${JSON.stringify(part)}\n\n`);
      if (part.text === '') return undefined;
    }
  }

  file(path, response) {
    const file = join(this.dist, normalize(path === '/' ? '/index.html' : path));
    if (!existsSync(file) || !statSync(file).isFile()) return json(response, 404, {});
    response.writeHead(200, { 'content-type': types[extname(file)] ?? 'application/octet-stream' });
    return createReadStream(file).pipe(response);
  }
}

function send(response, event, data) {
  response.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
}

function json(response, status, value) {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(value));
}

if (process.argv[1] === new URL(import.meta.url).pathname) {
  const farm = await new FakeFarm(process.argv[2] ?? 'dist').fill().start(Number(process.argv[3] ?? 0));
  console.log(`a made-up farm at ${farm.url}`);
}
