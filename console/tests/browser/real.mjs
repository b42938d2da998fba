// The console on a real farm. tests/e2e/test_console.py submits, breaks and mends at the steps that these scenarios say; what it knows of
// the farm comes as JSON in FARM_FACTS.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { axe, noSideScroll, open, phone, until } from './support.mjs';

const facts = JSON.parse(process.env.FARM_FACTS ?? '{}');
const step = (name) => console.log(`step: ${name}`);

async function watchesABuildFromItsSubmissionToItsEnd(browser, url) {
  const page = await browser.page(url);
  await page.locator('.c-live').waitFor();
  step('open');
  await page.getByRole('link', { name: new RegExp(`of ${facts.project}, (running|waiting-for-slices)`) }).click();
  const bar = '.gantt [data-name="image slow"] .outline.live';
  await page.locator(bar).waitFor();
  assert.match(await page.locator('.gantt').innerText(), /local-\d/);
  for (let i = 0; i < 2; ++i) {
    const before = await page.locator('.facts dd').first().innerText();
    const drawn = await page
      .locator(bar)
      .evaluate((one) => one.outerHTML + one.closest('.gantt-scroll').querySelector('.axis').textContent);
    await until(
      page,
      'the timeline grows',
      ([selector, old, time]) => {
        const one = document.querySelector(selector);
        const now = one && one.outerHTML + one.closest('.gantt-scroll').querySelector('.axis').textContent;
        return now && now !== old && document.querySelector('.facts dd')?.textContent !== time;
      },
      [bar, drawn, before],
    );
  }
  await page.locator('.gantt [data-name="image slow"]').click();
  await page.getByText('begun-42').first().waitFor();
  await page.locator('.why-lines', { hasText: 'Why there' }).waitFor();
  await browser.shot(page, 'real-build-live');
  step('seen');
  await page.getByText('opened-42').first().waitFor();
  await page.locator('h1 + .s-succeeded').waitFor();
  await page.locator('[aria-live]', { hasText: 'succeeded' }).waitFor({ state: 'attached' });
  await page.keyboard.press('u');
  assert.ok((await page.locator('.gantt [data-name="image slow"] .p-run').count()) >= 1);
  assert.match(await page.locator('section:has(#services)').innerText(), /slow\s+✓\s*built/);
  await browser.shot(page, 'real-build-over');
  await open(page, '#/builds');
  await page.getByRole('link', { name: new RegExp(`of ${facts.project}, succeeded`) }).waitFor();
  page.nothingWrong();
}

async function opensTheLogOfAFailingJobAndFindsTheError(browser, url) {
  const page = await browser.page(url);
  await page.getByRole('link', { name: new RegExp(`^Build ${facts.build} of ${facts.project}, failed`) }).click();
  await page.getByRole('link', { name: 'Log of image broken' }).click();
  await page.getByPlaceholder('Find in the log').fill('needle-42');
  await until(page, '3 matches', () => document.querySelector('.search-count')?.textContent === '1 of 3');
  await page.getByPlaceholder('Find in the log').press('Enter');
  await until(page, 'the second', () => document.querySelector('.search-count')?.textContent === '2 of 3');
  assert.equal(await page.locator('mark.now').innerText(), 'needle-42');
  await page.locator('aside', { hasText: 'Why it failed' }).waitFor();
  assert.ok((await page.locator('.gantt .p-run.bad').count()) >= 1);
  assert.match(await page.locator('section:has(#services)').innerText(), /fine\s+✓\s*built/);
  const download = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Save' }).click();
  assert.match(readFileSync(await (await download).path(), 'utf8'), /needle-42\n/);
  await axe(page, 'a failed build');
  await browser.shot(page, 'real-failed-job');
  page.nothingWrong();
}

async function findsOutWhyAServiceWasRebuilt(browser, url) {
  const page = await browser.page(url);
  await open(page, `#/builds/${facts.build}`);
  const services = page.locator('section:has(#services)');
  await services.getByRole('row', { name: /left.*built.*changed/ }).waitFor();
  await services.getByRole('row', { name: /right.*hit.*unchanged/ }).waitFor();
  await page.locator('.r-hits .bar').first().waitFor();
  await services.getByRole('link', { name: 'left' }).click();
  const why = page.locator('.why-lines');
  await why.getByText(facts.reason, { exact: false }).waitFor();
  await why.locator('code', { hasText: /^source$/ }).waitFor();
  const told = page.locator('.told', { hasText: 'Why rebuilt' });
  await told.getByText('left/text changed').waitFor();
  await told.getByRole('link', { name: `build ${facts.before}` }).waitFor();
  await page.locator('.steps summary', { hasText: /^BuildKit steps: \d+/ }).click();
  const step = page.locator('.steps li', { hasText: 'RUN echo shown left' });
  assert.match(await step.innerText(), /\d+\.\d+ s$/);
  assert.ok((await step.locator('.step-track span').evaluate((one) => one.clientWidth)) >= 2);
  await axe(page, 'why a service was rebuilt');
  await browser.shot(page, 'real-why-rebuilt');
  await open(page, `#/builds/${facts.build}/jobs/${encodeURIComponent('image right')}`);
  await page.locator('.why-lines').getByText('Not rebuilt').waitFor();
  await page.locator('aside').getByText('No log: nothing ran').waitFor();
  await page.locator('aside').getByText(`Unchanged since build ${facts.before}`).waitFor();
  assert.equal(await page.locator('.steps').count(), 0, 'a hit has no steps');
  page.nothingWrong();
}

async function showsAgentsAndCache(browser, url) {
  for (const theme of ['light', 'dark']) {
    const page = await browser.page(url, { theme });
    await open(page, '#/agents');
    for (const agent of facts.agents) {
      const card = page.locator('.card', { has: page.getByRole('heading', { name: agent }) });
      await card.locator('.s-up').waitFor();
      assert.match(await card.innerText(), /\d+ of \d+ busy[\s\S]*per core[\s\S]*free of[\s\S]*free of[\s\S]*BuildKit/);
    }
    await page
      .locator('.card summary', { hasText: /Holds \d+ result/ })
      .first()
      .click();
    await page.locator('.holds li').first().waitFor();
    await axe(page, `agents, ${theme}`);
    await browser.shot(page, `real-agents-${theme}`);
    await open(page, '#/cache');
    await page.getByRole('row', { name: /^image \d+/ }).waitFor();
    await page.getByPlaceholder('Project, job or key').fill(facts.project);
    await page
      .getByRole('row', { name: new RegExp(facts.project) })
      .first()
      .waitFor();
    await axe(page, `cache, ${theme}`);
    await browser.shot(page, `real-cache-${theme}`);
    for (const hash of ['#/builds', `#/builds/${facts.build}`]) {
      await open(page, hash);
      await page.locator('[data-row]').first().waitFor();
      await axe(page, `${hash}, ${theme}`);
    }
    page.nothingWrong();
  }
  const small = await browser.page(url, { size: phone, touch: true });
  for (const hash of ['#/builds', `#/builds/${facts.build}`, '#/agents', '#/cache']) {
    await open(small, hash);
    await small.locator('[data-row], .rate').first().waitFor();
    await noSideScroll(small, hash);
    await browser.shot(small, `real-phone-${hash.replace(/[^a-z0-9]+/g, '-')}`);
  }
  small.nothingWrong();
}

async function cancelsABuildAndDrainsAnAgentWithAToken(browser, url) {
  const page = await browser.page(url, { allowed: [/status of 401/] });
  await page.locator('.c-live').waitFor();
  step('open');
  await page.getByRole('link', { name: new RegExp(`of ${facts.project}, running`) }).click();
  await page.locator('.gantt .outline.live').first().waitFor();
  const cancel = page.getByRole('button', { name: 'Cancel', exact: true });
  assert.equal(await cancel.count(), 0, 'no button without a token');
  const number = /builds\/(\d+)/.exec(page.url())[1];
  const tried = await page.evaluate(
    async ([build, agent]) => {
      const post = async (path) => (await fetch(`api/v1/${path}`, { method: 'POST' })).status;
      return [await post(`builds/${build}/cancel`), await post(`agents/${agent}/drain`)];
    },
    [number, facts.agent],
  );
  assert.deepEqual(tried, [401, 401]);
  await page.locator('h1 + .s-running').waitFor();
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await page.getByLabel('Token').fill(facts.token);
  await page.getByLabel('Token').press('Enter');
  await page.getByRole('button', { name: 'Signed in as console' }).waitFor();
  await cancel.click();
  await browser.shot(page, 'real-cancel-question');
  await page.getByRole('button', { name: 'Cancel the build' }).click();
  await page.locator('h1 + .s-cancelled').waitFor();
  await axe(page, 'a cancelled build');
  await browser.shot(page, 'real-cancelled');
  await open(page, '#/agents');
  const card = page.locator('.card', { has: page.getByRole('heading', { name: facts.agent }) });
  await card.locator('.s-up').waitFor();
  await card.getByRole('button', { name: `Drain ${facts.agent}` }).click();
  await card.locator('.s-draining').waitFor();
  await browser.shot(page, 'real-drained');
  await card.getByRole('button', { name: `Undrain ${facts.agent}` }).click();
  await card.locator('.s-up').waitFor();
  page.nothingWrong();
}

async function readsWithATokenOfAProject(browser, url) {
  const page = await browser.page(url, { allowed: [/status of 40[13]/] });
  await page.getByRole('alert').getByText('this needs a token').waitFor();
  assert.equal(await page.locator('[data-row]').count(), 0);
  await page.getByRole('button', { name: 'Sign in with a token' }).click();
  await page.getByLabel('Token').fill(facts.token);
  await page.getByLabel('Token').press('Enter');
  await page.locator('.c-live').waitFor();
  await page.locator('[data-row]').first().waitFor();
  const shown = await page.locator('[data-row] .grow').allInnerTexts();
  assert.ok(shown.length > 0 && shown.every((text) => text.includes(facts.project)), `only builds of the project: ${shown}`);
  await open(page, `#/builds/${facts.build}/jobs/${encodeURIComponent('image left')}`);
  await page.locator('.log-row').first().waitFor();
  await open(page, `#/builds/${facts.other}`);
  await page.getByText('a project that this token is not for').waitFor();
  await browser.shot(page, 'real-not-for-this-token');
  page.nothingWrong();
}

async function noticesThatTheCoordinatorIsAwayAndComesBack(browser, url) {
  const page = await browser.page(url, { allowed: [/ERR_|Failed to load resource/] });
  await page.locator('.c-live').waitFor();
  await page.locator('[data-row]').first().waitFor();
  step('live');
  await page.locator('.lost-bar').waitFor();
  assert.ok((await page.locator('[data-row]').count()) > 0, 'the list stays');
  await browser.shot(page, 'real-lost');
  step('lost');
  await page.locator('.lost-bar').waitFor({ state: 'detached' });
  await page.locator('.c-live').waitFor();
  page.nothingWrong();
}

export const scenarios = {
  'watches-a-build-from-its-submission-to-its-end': watchesABuildFromItsSubmissionToItsEnd,
  'opens-the-log-of-a-failing-job-and-finds-the-error': opensTheLogOfAFailingJobAndFindsTheError,
  'finds-out-why-a-service-was-rebuilt': findsOutWhyAServiceWasRebuilt,
  'shows-agents-and-cache': showsAgentsAndCache,
  'cancels-a-build-and-drains-an-agent-with-a-token': cancelsABuildAndDrainsAnAgentWithAToken,
  'reads-with-a-token-of-a-project': readsWithATokenOfAProject,
  'notices-that-the-coordinator-is-away-and-comes-back': noticesThatTheCoordinatorIsAwayAndComesBack,
};
