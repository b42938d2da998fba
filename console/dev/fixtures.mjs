// A farm's answers without a farm: builds, agents, cache and logs in the shapes of the API, for development and for tests of what a real
// farm shows seldom: hundreds of jobs, huge logs, hostile names.

const digest = (seed) => {
  let hex = '';
  let value = seed * 2654435761 + 1;
  while (hex.length < 64) {
    value = (value * 1103515245 + 12345) % 2147483648;
    hex += value.toString(16).padStart(8, '0');
  }
  return `sha256:${hex.slice(0, 64)}`;
};

let made = 0;
export function job(name, kind, change = {}) {
  made += 1;
  return {
    name,
    kind,
    key: digest(made),
    state: 'waiting',
    reason: 'first build',
    agent: '',
    attempts: 0,
    queued_ms: 0,
    fetch_ms: 0,
    run_ms: 0,
    push_ms: 0,
    fetched_bytes: 0,
    pushed_bytes: 0,
    steps: 0,
    steps_cached: 0,
    digest: '',
    phase: '',
    progress_permille: 0,
    needs: [],
    cause: 'first-build',
    placement: '',
    ready_ms: 0,
    assigned_ms: 0,
    finished_ms: 0,
    ...change,
  };
}

export function ran(one, agent, readyMs, assignedMs, [fetch, run, push], state = 'succeeded') {
  return Object.assign(one, {
    state,
    agent,
    attempts: 1,
    ready_ms: readyMs,
    assigned_ms: assignedMs,
    queued_ms: assignedMs - readyMs,
    fetch_ms: fetch,
    run_ms: run,
    push_ms: push,
    finished_ms: assignedMs + fetch + run + push + 40,
    steps: 7,
    steps_cached: 3,
    fetched_bytes: 1_450_000,
    pushed_bytes: 29_000_000,
    placement: `earliest finish on ${agent}`,
    digest: state === 'succeeded' ? digest(made + 1000) : '',
    progress_permille: 1000,
  });
}

export const service = (name, result, reason, jobName = `image ${name}`) => ({
  service: name,
  result,
  reason,
  image: `127.0.0.1:5000/market/${name}:latest`,
  digest: result === 'pending' ? '' : digest(name.length),
  job: jobName,
});

export function build(number, project, state, createdMs, change = {}) {
  const whole = {
    schema: 'farm.build.v1',
    build: number,
    project,
    state,
    reason: '',
    created_ms: createdMs,
    finished_ms: 0,
    client: 'dev',
    parallel: 0,
    services: [],
    jobs: [],
    ...change,
  };
  const of = (wanted) => whole.jobs.filter((one) => one.state === wanted).length;
  whole.counters ??= {
    jobs_run: whole.jobs.filter((one) => one.attempts > 0).length,
    jobs_hit: of('hit'),
    jobs_shared: 0,
    retries: 0,
    fetched_bytes: 282_600_809,
    pushed_bytes: 358_617_545,
  };
  return whole;
}

export function summary(whole) {
  const results = ['pending', 'hit', 'built', 'failed', 'skipped', 'cancelled'];
  const services = Object.fromEntries(results.map((result) => [result, whole.services.filter((one) => one.result === result).length]));
  return {
    build: whole.build,
    project: whole.project,
    state: whole.state,
    created_ms: whole.created_ms,
    finished_ms: whole.finished_ms,
    jobs: whole.jobs.length,
    jobs_run: whole.counters.jobs_run,
    reason: whole.reason,
    client: whole.client,
    jobs_hit: whole.counters.jobs_hit,
    jobs_shared: 0,
    retries: whole.counters.retries,
    jobs_done: whole.jobs.filter((one) => !['waiting', 'assigned', 'verifying'].includes(one.state)).length,
    services: { total: whole.services.length, ...services },
  };
}

const reason = (kind, subject, text) => ({ kind, subject, before: '', after: '', text });
const step = (name, start, run, change = {}) => ({ name, start_ms: start, run_ms: run, cached: false, failed: false, ...change });

// Why a job ran, in the shape of farm.explain.v1: as much as its state lets one make up.
export function explanation(build, one, change = {}) {
  const over = one.attempts > 0 && one.state !== 'assigned';
  return {
    schema: 'farm.explain.v1',
    build: build.build,
    project: build.project,
    job: one.name,
    kind: one.kind,
    services: build.services.filter((service) => service.job === one.name).map((service) => service.service),
    state: one.state,
    cause: one.cause,
    reason: one.reason,
    last_build: one.state === 'hit' ? 3 : 0,
    last_ms: one.state === 'hit' ? build.created_ms - 86_400_000 : 0,
    reasons: [],
    below: [],
    agent: one.agent,
    placement: one.placement,
    waits_for: '',
    queued_ms: one.queued_ms,
    agents: [],
    steps: over
      ? [
          step('[internal] load build definition from Dockerfile', 0, 40),
          step('[base 1/1] FROM docker.io/library/rust:1', 45, 0, { cached: true }),
          step('[builder 2/2] RUN cargo build --release', 60, one.run_ms - 60, { failed: one.state === 'failed' }),
          ...(one.state === 'failed' ? [] : [step('exporting to image', one.run_ms, one.push_ms)]),
        ]
      : [],
    steps_left_off: 0,
    ...change,
  };
}

// Of everything: more files than are shown, a layer below with its own reasons, steps of each sort.
export function fullExplanation(build, one) {
  const files = Array.from({ length: 14 }, (_, i) =>
    reason('file', `api/src/part_${i}.rs`, `api/src/part_${i}.rs ${i < 10 ? 'changed' : 'is new'} (slice crate:api)`),
  );
  const below = explanation(build, job('deps', 'deps', { state: 'succeeded', cause: 'dependencies' }), {
    last_build: 3,
    reasons: [reason('lock', 'serde', 'Cargo.lock: serde 1.0.228 → 1.0.229'), reason('dependency', 'hex', 'Cargo.toml: hex: features +alloc')],
  });
  return explanation(build, one, {
    last_build: 3,
    last_ms: build.created_ms - 5 * 86_400_000,
    reasons: [
      reason('dockerfile', 'line 14', 'Dockerfile line 14: RUN true → RUN echo <b>changed</b>'),
      reason('base-image', 'rust:1', 'base image rust:1: sha256:0123456789ab → sha256:ba9876543210'),
      ...files,
      reason('upstream', 'deps', 'deps below it is another one'),
    ],
    below: [below],
    steps: [
      step('[internal] load build definition from Dockerfile', 0, 30),
      ...Array.from({ length: 6 }, (_, i) => step(`[chef ${i + 1}/6] RUN step ${i} ${'very '.repeat(20)}long`, 40, 0, { cached: true })),
      step('[builder 2/3] COPY . .', 50, 120),
      step('[builder 3/3] RUN cargo build --release', 180, 8400, { failed: one.state === 'failed' }),
    ],
    steps_left_off: 5,
  });
}

const names = ['execution_service_rust', 'game_shard_rust', 'market_discovery_rust', 'orchestrator_rust', 'signal_processor_rust'];

export function coldBuild(number, at) {
  const images = names.map((name, index) =>
    ran(
      job(`image ${name}`, 'image', { needs: ['compile'] }),
      index % 2 ? 'local-2' : 'local-1',
      at + 99_000,
      at + 99_000 + Math.floor(index / 2) * 1400,
      [20, 569 + index * 40, 754],
    ),
  );
  const jobs = [
    ran(job('deps', 'deps'), 'local-1', at + 60, at + 70, [3, 69_325, 2498]),
    ran(job('crates', 'crates', { needs: ['deps'] }), 'local-1', at + 71_940, at + 71_950, [16, 3748, 1033]),
    ran(
      job('compile', 'compile', { needs: ['crates'], reason: '5 binaries to compile in one run' }),
      'local-1',
      at + 76_800,
      at + 76_810,
      [18, 21_642, 395],
    ),
    ...images,
  ];
  return build(number, 'market', 'succeeded', at, {
    finished_ms: at + 103_000,
    jobs,
    services: names.map((name) => service(name, 'built', 'first build')),
  });
}

// A failing job, hits, and names that would be markup if somebody let them.
export const hostile = '<img src=x onerror="document.title=`owned`">';
export function failedBuild(number, at) {
  const jobs = [
    job('deps', 'deps', { state: 'hit', reason: 'unchanged', cause: '' }),
    ran(
      job('image api', 'image', { needs: ['deps'], reason: 'slice crate:api changed', cause: 'source' }),
      'alpha',
      at + 40,
      at + 2300,
      [20, 6000, 0],
      'failed',
    ),
    ran(job(`image ${hostile}`, 'image', { needs: ['deps'] }), 'beta', at + 40, at + 60, [20, 4000, 700]),
    ...['web', 'worker'].map((name) => job(`image ${name}`, 'image', { state: 'hit', reason: 'unchanged', cause: '', needs: ['deps'] })),
    job('image late', 'image', { state: 'skipped', reason: 'image api failed', needs: ['image api'] }),
  ];
  Object.assign(jobs[1], {
    reason: 'error[E0425]: cannot find value `price` in this scope\n  --> api/src/main.rs:14:9',
    finished_ms: at + 8400,
  });
  return build(number, 'shop', 'failed', at, {
    finished_ms: at + 8500,
    reason: 'service api: error[E0425]: cannot find value `price` in this scope',
    jobs,
    services: [
      service('api', 'failed', 'error[E0425]: cannot find value `price` in this scope'),
      service(hostile, 'built', `slice ${hostile} changed`),
      service('web', 'hit', 'unchanged'),
      service('worker', 'hit', 'unchanged'),
      service('late', 'skipped', 'image api failed'),
    ],
  });
}

export function liveBuild(number, at) {
  const jobs = [
    job('deps', 'deps', { state: 'hit', reason: 'unchanged', cause: '' }),
    ran(job('crates', 'crates', { needs: ['deps'], reason: 'slice crate:core changed' }), 'alpha', at + 20, at + 30, [10, 2000, 300]),
    job('image api', 'image', {
      needs: ['crates'],
      state: 'assigned',
      agent: 'alpha',
      attempts: 1,
      ready_ms: at + 2400,
      assigned_ms: at + 2500,
      phase: 'building 3/7: cargo build --release',
      progress_permille: 420,
      placement: 'alpha holds crates; earliest finish there',
    }),
    job('image web', 'image', { needs: ['crates'], ready_ms: at + 2400, phase: 'waits for a free slot: 1 of 1 busy' }),
    job('image worker', 'image', { needs: ['image web'], phase: 'waits for image web' }),
  ];
  return build(number, 'shop', 'running', at, {
    jobs,
    services: ['api', 'web', 'worker'].map((name) => service(name, 'pending', '')),
  });
}

// 1 cook, 12 groups, 200 images on 8 agents.
export function bigBuild(number, at) {
  const jobs = [ran(job('deps', 'deps'), 'node-1', at, at + 100, [10, 60_000, 2000])];
  for (let i = 0; i < 12; ++i)
    jobs.push(
      ran(
        job(`compile group-${i}`, 'compile', { needs: ['deps'] }),
        `node-${(i % 8) + 1}`,
        at + 62_200,
        at + 62_300 + Math.floor(i / 8) * 21_000,
        [30, 19_000, 800],
      ),
    );
  for (let i = 0; i < 200; ++i) {
    const ready = at + 105_000;
    jobs.push(
      ran(
        job(`image service-${i}`, 'image', { needs: [`compile group-${i % 12}`, ...(i % 5 ? [] : ['deps'])] }),
        `node-${(i % 8) + 1}`,
        ready,
        ready + Math.floor(i / 16) * 1500 + (i % 16 >= 8 ? 100 : 0),
        [20, 700, 600],
      ),
    );
  }
  return build(number, 'galaxy', 'succeeded', at, {
    finished_ms: at + 130_000,
    jobs,
    services: Array.from({ length: 200 }, (_, i) => service(`service-${i}`, 'built', 'base image changed')),
  });
}

export function agent(name, change = {}) {
  return {
    name,
    state: 'up',
    platform: 'linux/amd64',
    labels: ['zone=eu'],
    slots: 2,
    busy: 0,
    disk_free_bytes: 182e9,
    disk_total_bytes: 480e9,
    memory_available_bytes: 11e9,
    memory_total_bytes: 32e9,
    buildkit: '0.34.2',
    version: '0.1.0',
    heard_ms: Date.now(),
    running: [],
    load_permille: 420,
    slice_cache_bytes: 3_400_000,
    buildkit_bytes: 5.2e9,
    assignments: [],
    holds: [],
    holds_total: 0,
    ...change,
  };
}

export const held = (name, kind) => ({ key: digest(name.length + 7), kind, name, project: 'shop', bytes: 29_000_000 });

export function cache(now) {
  const kind = (name, hits, misses, causes) => ({ kind: name, results: misses, bytes: misses * 42e6, hits, misses, causes });
  return {
    schema: 'farm.cache.v1',
    counted_builds: 60,
    complete: true,
    kinds: [
      kind('deps', 57, 3, { 'first-build': 2, dependencies: 1 }),
      kind('crates', 20, 8, { source: 8 }),
      kind('compile', 3, 6, { source: 6 }),
      kind('image', 210, 51, { source: 40, 'base-image': 11 }),
    ],
    slices: { count: 88, bytes: 21e6 },
    newest: names.map((name, index) => ({
      key: digest(index + 50),
      kind: 'image',
      name: `image ${name}`,
      project: 'market',
      bytes: 29e6,
      digest: digest(index + 90),
      created_ms: now - 7_200_000,
      used_ms: now - index * 300_000,
      run_ms: 1300 + index * 900,
    })),
  };
}

export const failingLog = [
  '#7 [builder 4/7] RUN cargo build --release --locked',
  '#7 0.412 \u001b[1m\u001b[32m   Compiling\u001b[0m api v0.1.0 (/app/api)',
  `#7 0.500 note: ${hostile}`,
  '#7 5.921 \u001b[0m\u001b[1m\u001b[38;5;9merror[E0425]\u001b[0m\u001b[0m\u001b[1m: cannot find value `price` in this scope\u001b[0m',
  '#7 5.921 \u001b[0m  \u001b[1m\u001b[38;5;12m--> \u001b[0mapi/src/main.rs:14:9',
  '#7 5.921    |',
  '#7 5.921 14 |     println!("{}", price);',
  '#7 5.921    |                    ^^^^^ not found in this scope',
  '#7 5.950 \u001b[1m\u001b[31merror\u001b[0m: could not compile `api` (bin "api") due to 1 previous error',
  '#7 ERROR: process "/bin/sh -c cargo build --release --locked" did not complete successfully: exit code: 101',
  '',
].join('\n');

export const bigLog = (lines) =>
  Array.from(
    { length: lines },
    (_, i) => `#9 ${(i / 50).toFixed(2)} step ${i}: ${i % 1000 === 0 ? 'needle' : 'hay'} ${'x'.repeat(i % 90)}`,
  ).join('\n') + '\n';
