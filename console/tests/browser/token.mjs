// Signing in with a token, and what is changed with it, on a made-up farm that knows tokens.
import assert from 'node:assert/strict';
import { FakeFarm } from '../../dev/fake_farm.mjs';
import { axe, desk, focused, noSideScroll, open, phone, tabTo, until } from './support.mjs';

const tokens = {
  farm_admin: { name: 'boss', role: 'admin', projects: [] },
  farm_market: { name: 'dev', role: 'client', projects: ['market'] },
};

class GuardedFarm extends FakeFarm {
  readNeedsToken = false;
  posted = []; // who did what
  leaked = []; // requests with a token that are not to the API

  caller(request) {
    const token = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1];
    return token === undefined ? undefined : tokens[token];
  }

  serve(request, response) {
    const path = new URL(request.url, this.url).pathname;
    const caller = this.caller(request);
    const say = (status, value) => {
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(JSON.stringify(value));
    };
    const refuse = (status, message) => say(status, { schema: 'farm.error.v1', kind: 'denied', message, exit_status: 2 });
    if (!path.startsWith('/api/')) {
      if (request.headers.authorization) this.leaked.push(path);
      return super.serve(request, response);
    }
    if ((this.readNeedsToken || request.method === 'POST' || path.endsWith('/caller')) && !caller)
      return refuse(401, request.headers.authorization ? 'this token is not in the key book' : 'this needs a token');
    if (path.endsWith('/caller')) return say(200, { schema: 'farm.caller.v1', ...caller });
    if (request.method !== 'POST') return super.serve(request, response);
    const [, kind, name, verb] = path.slice('/api/'.length).split('/').map(decodeURIComponent);
    if (kind === 'agents' && caller.role !== 'admin') return refuse(403, `token '${caller.name}' may not drain agents`);
    this.posted.push(`${caller.name}: ${verb} ${name}`);
    if (kind === 'agents') this.drain(name, verb === 'drain');
    else this.put({ ...this.builds.get(Number(name)), state: 'cancelled', reason: `by ${caller.name}`, finished_ms: Date.now() });
    return say(200, { schema: 'farm.done.v1' });
  }

  drain(name, on) {
    this.agents = this.agents.map((agent) => (agent.name === name ? { ...agent, state: on ? 'draining' : 'up' } : agent));
    const told = JSON.stringify({ schema: 'farm.agents.v1', agents: this.agents });
    for (const stream of this.streams) if (stream.farm) stream.response.write(`event: agents\ndata: ${told}\n\n`);
  }
}

const withGuard = (scenario) => async (browser, dist) => {
  const farm = new GuardedFarm(dist).fill();
  await farm.start();
  try {
    await scenario(browser, farm);
    assert.deepEqual(farm.leaked, [], 'the token goes to the API alone');
  } finally {
    await farm.stop();
  }
};

const refused = [/status of 40[13]/]; // which the browser notes for each answer of that kind

async function signIn(page, token) {
  await page.getByRole('button', { name: 'Sign in', exact: true }).first().click();
  await page.getByLabel('Token').fill(token);
  await page.getByLabel('Token').press('Enter');
}

const signsInAndActs = withGuard(async (browser, farm) => {
  const page = await browser.page(farm.url, { allowed: refused });
  await open(page, '#/builds/44');
  await page.locator('.bar').first().waitFor();
  const cancel = page.getByRole('button', { name: 'Cancel', exact: true });
  assert.equal(await cancel.count(), 0, 'no button without a token');
  await signIn(page, 'farm_wrong');
  await page.getByRole('alert').getByText('not in the key book').waitFor();
  await axe(page, 'a wrong token');
  await page.getByLabel('Token').fill('farm_admin');
  await page.getByRole('dialog').getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('button', { name: 'Signed in as boss' }).waitFor();
  await cancel.click();
  await page.getByRole('dialog', { name: 'Cancel build 44?' }).waitFor();
  await axe(page, 'the question');
  await browser.shot(page, 'made-up-cancel-question');
  await page.getByRole('button', { name: 'Let it run' }).click();
  assert.deepEqual(farm.posted, []);
  await cancel.click();
  await page.getByRole('button', { name: 'Cancel the build' }).click();
  await page.locator('h1 + .s-cancelled').waitFor();
  assert.equal(await cancel.count(), 0);
  await open(page, '#/agents');
  const alpha = page.locator('.card', { has: page.getByRole('heading', { name: 'alpha' }) });
  await alpha.getByRole('button', { name: 'Drain alpha' }).click();
  await alpha.locator('.s-draining').waitFor();
  await alpha.getByRole('button', { name: 'Undrain alpha' }).click();
  await alpha.locator('.s-up').waitFor();
  await axe(page, 'agents, signed in');
  assert.deepEqual(farm.posted, ['boss: cancel 44', 'boss: drain alpha', 'boss: undrain alpha']);
  await page.reload();
  await page.getByRole('button', { name: 'Signed in as boss' }).click();
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Close' }).click();
  await page.locator('.card').first().waitFor();
  assert.equal(await page.getByRole('button', { name: /Drain/ }).count(), 0);
  assert.deepEqual(await page.evaluate(() => [sessionStorage.length, Object.values(localStorage).join().includes('farm_')]), [0, false]);
  page.nothingWrong();
});

const aTokenShowsWhatItMay = withGuard(async (browser, farm) => {
  const page = await browser.page(farm.url, { allowed: refused, size: phone, touch: true });
  await page.locator('[data-row]').first().waitFor();
  await noSideScroll(page, 'signed out');
  await signIn(page, 'farm_market');
  await page.getByRole('button', { name: 'Signed in as dev' }).waitFor();
  await noSideScroll(page, 'signed in');
  await open(page, '#/agents');
  await page.locator('.card').first().waitFor();
  assert.equal(await page.getByRole('button', { name: /Drain/ }).count(), 0, 'only admins drain');
  const live = farm.builds.get(44);
  await open(page, '#/builds/44');
  await page.locator('.bar').first().waitFor();
  const cancel = page.getByRole('button', { name: 'Cancel', exact: true });
  assert.equal(await cancel.count(), live.project === 'market' ? 1 : 0);
  farm.put({ ...live, project: 'shop' });
  await cancel.waitFor({ state: 'detached' });
  farm.put({ ...live, project: 'market' });
  await cancel.click();
  await noSideScroll(page, 'the question');
  await axe(page, 'the question on a phone');
  delete tokens.farm_market; // as if the key book were read again without it
  try {
    await page.getByRole('button', { name: 'Cancel the build' }).click();
    await page.getByRole('alert').getByText('not in the key book').waitFor();
    await page.getByRole('button', { name: 'Let it run' }).click();
    await page.getByRole('button', { name: 'Sign in', exact: true }).waitFor();
    await cancel.waitFor({ state: 'detached' });
  } finally {
    tokens.farm_market = { name: 'dev', role: 'client', projects: ['market'] };
  }
  assert.deepEqual(farm.posted, []);
  page.nothingWrong();
});

const readsWithATokenOnly = withGuard(async (browser, farm) => {
  farm.readNeedsToken = true;
  const page = await browser.page(farm.url, { allowed: refused, size: desk });
  await page.getByRole('alert').getByText('this needs a token').waitFor();
  await axe(page, 'a farm that is read with a token only');
  const asked = farm.requests.length;
  await tabTo(page, /^Sign in$/);
  await page.keyboard.press('Enter');
  await until(page, 'the field has the focus', () => document.activeElement?.tagName === 'INPUT');
  await page.keyboard.type('farm_market');
  await page.keyboard.press('Enter');
  await page.locator('.row-link').first().waitFor();
  await page.locator('.c-live').waitFor();
  assert.equal(farm.requests.slice(0, asked).filter((path) => path.includes('/events')).length, 0, 'it was not asked again and again');
  assert.match(await focused(page), /dev/, 'the focus goes back to where it was');
  await open(page, '#/builds/42/jobs/image%20api');
  await page.locator('.log-row').first().waitFor();
  await page.getByRole('button', { name: 'Save' }).click();
  page.nothingWrong();
});

export const scenarios = {
  'signs-in-and-acts': signsInAndActs,
  'a-token-shows-what-it-may': aTokenShowsWhatItMay,
  'reads-with-a-token-only': readsWithATokenOnly,
};
