// What the console does with farms that a real one seldom is: empty, gone, huge, hostile. Each scenario has a browser and a made-up farm.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { FakeFarm } from '../../dev/fake_farm.mjs';
import * as make from '../../dev/fixtures.mjs';
import { axe, desk, focused, noSideScroll, open, phone, tabTo, until } from './support.mjs';

const views = [
  ['builds', '#/builds', '.row-link'],
  ['build', '#/builds/41', '.bar'],
  ['live build', '#/builds/44', '.bar'],
  ['failed job', '#/builds/42/jobs/image%20api', '.log-row'],
  ['agents', '#/agents', '.card'],
  ['cache', '#/cache', '.rate'],
  ['unknown', '#/nothing', '.empty'],
];

const withFarm =
  (scenario, fill = true) =>
  async (browser, dist) => {
    const farm = new FakeFarm(dist);
    if (fill) farm.fill();
    await farm.start();
    try {
      await scenario(browser, farm);
    } finally {
      await farm.stop();
    }
  };

const passesAxe = (theme) =>
  withFarm(async (browser, farm) => {
    const page = await browser.page(farm.url, { theme });
    for (const [name, hash, ready] of views) {
      await open(page, hash);
      await page.locator(ready).first().waitFor();
      await axe(page, `${name}, ${theme}`);
      await browser.shot(page, `made-up-${name.replace(' ', '-')}-${theme}`);
    }
    await page.keyboard.press('?');
    await page.locator('dialog[open]').waitFor();
    await axe(page, `help, ${theme}`);
    page.nothingWrong();
  });

const worksOnAPhone = withFarm(async (browser, farm) => {
  const page = await browser.page(farm.url, { size: phone, touch: true });
  for (const [name, hash, ready] of views) {
    await open(page, hash);
    await page.locator(ready).first().waitFor();
    await noSideScroll(page, name);
    await axe(page, `${name} on a phone`);
    await browser.shot(page, `made-up-${name.replace(' ', '-')}-phone`);
  }
  await open(page, '#/builds');
  await page.getByRole('link', { name: /^Build 42 / }).tap();
  await page.getByRole('link', { name: /^image api on alpha/ }).tap();
  await page.getByRole('heading', { name: 'image api' }).waitFor();
  await page.getByRole('link', { name: 'Close the job' }).tap();
  await page.getByRole('heading', { name: 'Timeline', exact: true }).waitFor();
  page.nothingWrong();
});

const byKeyboardAlone = withFarm(async (browser, farm) => {
  const page = await browser.page(farm.url);
  await page.locator('.row-link').first().waitFor();
  await tabTo(page, /^To the content$/, 1);
  await page.keyboard.press('Enter');
  assert.equal(await focused(page), 'Builds');
  await page.keyboard.press('/');
  await page.keyboard.type('42');
  await until(page, 'one build is left', () => document.querySelectorAll('[data-row]').length === 1);
  await page.keyboard.press('Escape');
  await page.keyboard.press('j');
  assert.match(await focused(page), /^Build 42 of shop, failed$/);
  await page.keyboard.press('Enter');
  await page.locator('.bar').first().waitFor();
  await until(page, 'the headline has the focus', () => document.activeElement?.tagName === 'H1');
  await tabTo(page, /^image api (queued|on alpha)/);
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('ArrowDown');
  assert.match(await focused(page), /beta|hit/);
  await page.keyboard.press('ArrowUp');
  assert.match(await focused(page), /^image api on alpha, failed/);
  await page.keyboard.press('Enter');
  await until(page, 'the job has the focus', () => document.activeElement?.id === 'job-title');
  await page.locator('.log-row').first().waitFor();
  await page.keyboard.press('/');
  await page.keyboard.type('price');
  await until(page, '2 matches', () => document.querySelector('.search-count')?.textContent === '1 of 2');
  await page.keyboard.press('Escape');
  await page.keyboard.press('n');
  await until(page, 'the second match', () => document.querySelector('.search-count')?.textContent === '2 of 2');
  await page.keyboard.press('u');
  await until(page, 'the row of the job has the focus', () => document.activeElement?.dataset.job === 'image api');
  await page.keyboard.press('g');
  await page.keyboard.press('a');
  await page.getByRole('heading', { name: 'Agents' }).waitFor();
  await page.keyboard.press('t');
  await until(page, 'the light theme', () => document.documentElement.dataset.theme === 'light');
  await page.keyboard.press('?');
  await page.locator('dialog[open]').waitFor();
  await page.getByLabel('single keys do this').press('Space');
  await page.keyboard.press('Escape');
  await page.keyboard.press('g');
  await page.keyboard.press('c');
  await page.keyboard.press('t');
  assert.equal(await page.evaluate(() => document.documentElement.dataset.theme), 'light');
  assert.match(page.url(), /#\/agents$/);
  page.nothingWrong();
});

const aLogOfAnyLength = withFarm(async (browser, farm) => {
  const page = await browser.page(farm.url);
  await open(page, '#/builds/41/jobs/compile');
  await until(page, 'all lines came', () => document.querySelector('.log-foot')?.textContent === '150,000 lines');
  await page.getByText('step 149999:').waitFor();
  assert.ok((await page.locator('.log-row').count()) < 150, 'only what is in view is in the page');
  await page.getByPlaceholder('Find in the log').fill('needle');
  await until(page, '150 matches', () => document.querySelector('.search-count')?.textContent === '1 of 150');
  await page.locator('mark.now').waitFor();
  await page.getByPlaceholder('Find in the log').press('Shift+Enter');
  await until(page, 'around to the last', () => document.querySelector('.search-count')?.textContent === '150 of 150');
  await page.getByText('step 149000: ').waitFor();
  await page.getByRole('button', { name: 'Match case' }).click();
  await page.getByPlaceholder('Find in the log').fill('NEEDLE');
  await until(page, 'no match', () => document.querySelector('.search-count')?.textContent === 'no match');
  await page.getByRole('button', { name: 'Follow' }).click();
  await page.getByText('step 149999:').waitFor();
  await browser.shot(page, 'made-up-long-log');
  const download = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Save' }).click();
  const saved = await download;
  assert.equal(saved.suggestedFilename(), 'build-41-compile.log');
  assert.equal(readFileSync(await saved.path(), 'utf8'), farm.logs.get('41/compile'));
  page.nothingWrong();
});

const hostileTextStaysText = withFarm(async (browser, farm) => {
  const page = await browser.page(farm.url);
  for (const hash of [
    '#/builds/42',
    '#/builds/42/jobs/image%20api',
    `#/builds/42/jobs/${encodeURIComponent(`image ${make.hostile}`)}`,
    `#/${encodeURIComponent(make.hostile)}`,
  ]) {
    await open(page, hash);
    await page.getByText(make.hostile).filter({ visible: true }).first().waitFor(); // not an SVG title
    assert.equal(await page.locator('img').count(), 0);
  }
  assert.ok(!(await page.title()).startsWith('owned'));
  await open(page, '#/builds/42/jobs/image%20api');
  const red = page.locator('.log-row .fg-red', { hasText: 'error[E0425]' });
  await red.waitFor();
  assert.ok(!(await page.locator('.log').innerText()).includes('\u001b'));
  page.nothingWrong();
});

const aLostConnectionIsShownAndComesBack = withFarm(async (browser, farm) => {
  const page = await browser.page(farm.url, { allowed: [/ERR_|Failed to load resource/] });
  await open(page, '#/builds/44');
  await page.locator('.c-live').waitFor();
  farm.cut();
  await page.locator('.lost-bar').waitFor();
  await page.getByText('What is shown is of').waitFor();
  assert.ok((await page.locator('.bar').count()) > 0, 'what was known stays on view');
  await page.locator('.lost-bar').getByRole('button', { name: 'Try now' }).click();
  await page.getByText('What is shown is of').waitFor();
  await browser.shot(page, 'made-up-lost');
  await axe(page, 'a lost connection');
  farm.back();
  const build = farm.builds.get(44);
  farm.put({
    ...build,
    state: 'succeeded',
    finished_ms: Date.now(),
    jobs: build.jobs.map((one) => ({ ...one, state: one.state === 'hit' ? 'hit' : 'succeeded' })),
  });
  // Or it comes back by itself before the click.
  await page
    .locator('.lost-bar')
    .getByRole('button', { name: 'Try now' })
    .click({ timeout: 5000 })
    .catch(() => undefined);
  await page.locator('.title-line .s-succeeded').waitFor();
  await page.locator('.lost-bar').waitFor({ state: 'detached' });
  await page.locator('.c-over').waitFor();
  page.nothingWrong();
});

const emptyFarmsAndMistakesSayWhatToDo = withFarm(async (browser, farm) => {
  const page = await browser.page(farm.url, { allowed: [/404/] });
  await page.getByText('farmctl submit --parallel all').waitFor();
  await axe(page, 'no builds');
  await open(page, '#/agents');
  await page.getByText('farmctl local up --agents 2').waitFor();
  await open(page, '#/cache');
  await page.getByText('Nothing is remembered yet.').waitFor();
  await open(page, '#/builds/7');
  await page.getByRole('alert').getByText('Loading build 7').waitFor();
  await page.getByRole('alert').getByText('The list of builds has what the farm still knows.').waitFor();
  await axe(page, 'no such build');
  farm.problems = ['the registry does not answer'];
  await open(page, '#/builds');
  await page.getByText('the registry does not answer').waitFor();
  page.nothingWrong();
}, false);

const aBuildGrowsBeforeTheEyes = withFarm(async (browser, farm) => {
  const page = await browser.page(farm.url);
  await page.getByRole('link', { name: /^Build 44 of shop, running/ }).click();
  const bar = '.bar[data-name="image api"] .outline';
  await page.locator(bar).waitFor();
  const width = () => page.locator(bar).evaluate((one) => Number(one.getAttribute('x')) * 1e4 + Number(one.getAttribute('width')));
  const before = await width();
  await until(
    page,
    'the bar changes with time',
    ([selector, old]) => {
      const one = document.querySelector(selector);
      return Number(one.getAttribute('x')) * 1e4 + Number(one.getAttribute('width')) !== old;
    },
    [bar, before],
  );
  await page.locator('.bar[data-name="image api"]').click();
  farm.addLog(44, 'image api', 'Compiling api v0.1.0\nfirst half, ');
  await page.getByText('first half,').waitFor();
  farm.addLog(44, 'image api', 'second half\n');
  await page.getByText('first half, second half').waitFor();
  await page.getByPlaceholder('Find in the log').fill('needle-9');
  await until(page, 'no match', () => document.querySelector('.search-count')?.textContent === 'no match');
  farm.addLog(44, 'image api', 'found: needle-9\n');
  await until(page, 'the match that came later', () => document.querySelector('.search-count')?.textContent === '1 of 1');
  const build = structuredClone(farm.builds.get(44));
  Object.assign(build.jobs[2], { state: 'failed', reason: 'exit 101', finished_ms: Date.now() });
  farm.put(build);
  await page.locator('[aria-live]', { hasText: 'Job image api failed.' }).waitFor();
  await page.locator('aside').getByText('exit 101').waitFor();
  farm.put({ ...structuredClone(build), state: 'failed', reason: 'service api: exit 101', finished_ms: Date.now() });
  await page.locator('[aria-live]', { hasText: 'Build 44 failed.' }).waitFor();
  await open(page, '#/builds');
  await page.getByRole('link', { name: /^Build 44 of shop, failed/ }).waitFor();
  farm.put(make.liveBuild(45, Date.now()));
  await page.getByRole('link', { name: /^Build 45 of shop, running/ }).waitFor();
  page.nothingWrong();
});

const hundredsOfJobs = withFarm(async (browser, farm) => {
  const page = await browser.page(farm.url, { size: { ...desk, width: 1600 } });
  await open(page, '#/builds/43');
  await page.locator('.node').first().waitFor();
  assert.equal(await page.locator('.node').count(), 213);
  assert.equal(await page.locator('.r-agent').count(), 8);
  await page.getByText('up to 184 jobs at a time').waitFor();
  assert.equal(await page.locator('.graph a[tabindex="0"]').count(), 1, 'one stop of Tab for the graph');
  await page.getByRole('button', { name: 'Zoom in' }).click();
  await until(page, 'the timeline is wider than its frame', () => {
    const frame = document.querySelector('.gantt-scroll');
    return frame.scrollWidth > frame.clientWidth * 1.9;
  });
  await noSideScroll(page, 'a zoomed timeline');
  await browser.shot(page, 'made-up-213-jobs');
  page.nothingWrong();
});

const filtersAndOlderBuilds = withFarm(async (browser, farm) => {
  const page = await browser.page(farm.url);
  await page.locator('[data-row]').nth(29).waitFor();
  await page.getByRole('button', { name: 'Older builds' }).click();
  await page.getByRole('link', { name: /^Build 1 of / }).waitFor();
  await page.getByRole('combobox', { name: 'State' }).selectOption('failed');
  await until(page, 'only failed ones', () => document.querySelectorAll('[data-row]').length === 1);
  await page.reload();
  await until(page, 'the address keeps the filter', () => document.querySelectorAll('[data-row]').length === 1);
  await page.getByRole('combobox', { name: 'State' }).selectOption('');
  await page.getByRole('combobox', { name: 'Project' }).selectOption('shop');
  await until(page, 'only of shop', () =>
    [...document.querySelectorAll('[data-row] .grow')].every((cell) => cell.textContent.startsWith('shop')),
  );
  await page.getByLabel('Filter by project or number').fill('nothing like it');
  await page.getByText('No build fits the filter.').waitFor();
  await page.getByRole('link', { name: 'Show all builds' }).click();
  await page.locator('[data-row]').nth(29).waitFor();
  page.nothingWrong();
});

const aJobSaysWhyItWasRebuiltAndOfWhichSteps = withFarm(async (browser, farm) => {
  for (const size of [desk, phone]) {
    const page = await browser.page(farm.url, { size, theme: size === phone ? 'dark' : 'light' });
    await open(page, '#/builds/42/jobs/image%20api');
    const why = page.locator('.told');
    await why.getByText('Dockerfile line 14: RUN true → RUN echo <b>changed</b>').waitFor();
    await why.getByRole('link', { name: 'build 3' }).waitFor();
    assert.equal(await why.locator('li').count(), 9, 'the first reasons, and how many more');
    await why.getByRole('button', { name: 'and 9 more' }).click();
    await why.getByText('api/src/part_13.rs is new').waitFor();
    await why.getByRole('link', { name: 'deps below it is another one' }).waitFor();
    await why.getByText('Cargo.lock: serde 1.0.228 → 1.0.229').waitFor();
    await page.getByText('BuildKit steps: 14, 6 cached').click();
    assert.equal(await page.locator('.steps li').count(), 9);
    assert.equal(await page.locator('.steps li.cached', { hasText: '◆ cached' }).count(), 6);
    await page.locator('.steps li.bad', { hasText: '✕ failed' }).waitFor();
    await page.getByText('and 5 shorter steps more').waitFor();
    const widths = await page.locator('.steps li:not(.cached) .step-track span').evaluateAll((all) => all.map((one) => one.clientWidth));
    assert.ok(widths[2] > 10 * widths[1] && widths[1] >= widths[0], `bars are as long as their steps: ${widths}`);
    await noSideScroll(page, 'a job with reasons and steps');
    await axe(page, 'a job with reasons and steps');
    await browser.shot(page, `made-up-why-and-steps-${size === phone ? 'phone' : 'desk'}`);
    await open(page, '#/builds/41/jobs/compile');
    await page.locator('.steps[open] li').first().waitFor(); // remembered
    assert.equal(await page.locator('.told').count(), 0, 'a first build has no reasons');
    page.nothingWrong();
  }
});

const aWaitingJobSaysWhyNoAgentTakesIt = withFarm(async (browser, farm) => {
  const build = structuredClone(farm.builds.get(44));
  const waiting = make.job('image far', 'image', { phase: 'waits for a free slot', ready_ms: Date.now() });
  build.jobs.push(waiting);
  farm.put(build);
  farm.explanations.set('44/image far', make.explanation(build, waiting, { agents: [{ agent: 'alpha', reason: 'lacks the label zone=eu' }, { agent: 'beta', reason: '' }] }));
  const page = await browser.page(farm.url);
  await open(page, '#/builds/44/jobs/image%20far');
  const why = page.locator('.told', { hasText: 'Why not on' });
  await why.getByText('alpha lacks the label zone=eu').waitFor();
  await why.getByText('beta could take it').waitFor();
  await axe(page, 'a waiting job');
  farm.explanations.delete('44/image far');
  Object.assign(waiting, { state: 'succeeded', attempts: 1, run_ms: 900, agent: 'beta' });
  farm.put(structuredClone(build));
  await page.getByText('BuildKit steps: 4, 1 cached').waitFor(); // asked again when it went on
  assert.equal(await page.locator('.told').count(), 0);
  page.nothingWrong();
});

export const scenarios = {
  'passes-axe-in-light': passesAxe('light'),
  'passes-axe-in-dark': passesAxe('dark'),
  'works-on-a-phone': worksOnAPhone,
  'by-keyboard-alone': byKeyboardAlone,
  'a-log-of-any-length': aLogOfAnyLength,
  'hostile-text-stays-text': hostileTextStaysText,
  'a-lost-connection-is-shown-and-comes-back': aLostConnectionIsShownAndComesBack,
  'empty-farms-and-mistakes-say-what-to-do': emptyFarmsAndMistakesSayWhatToDo,
  'a-build-grows-before-the-eyes': aBuildGrowsBeforeTheEyes,
  'hundreds-of-jobs': hundredsOfJobs,
  'a-job-says-why-it-was-rebuilt-and-of-which-steps': aJobSaysWhyItWasRebuiltAndOfWhichSteps,
  'a-waiting-job-says-why-no-agent-takes-it': aWaitingJobSaysWhyNoAgentTakesIt,
  'filters-and-older-builds': filtersAndOlderBuilds,
};
