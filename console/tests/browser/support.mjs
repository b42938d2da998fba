// What browser tests stand on: Debian's Chromium, pages that fail on any error or foreign request, axe, waiting for what is meant.
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { chromium } from 'playwright-core';

const chromiumPath = process.env.FARM_CHROMIUM ?? '/usr/bin/chromium';
const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const waitMs = 60_000; // a limit, not a wait: the machine may be busy

export const phone = { width: 360, height: 740 };
export const desk = { width: 1280, height: 860 };

export class Browser {
  static async start(shots) {
    assert.ok(existsSync(chromiumPath), `no ${chromiumPath}`);
    mkdirSync(shots, { recursive: true });
    const browser = new Browser();
    browser.shots = shots;
    browser.chromium = await chromium.launch({
      executablePath: chromiumPath,
      args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'],
    });
    return browser;
  }

  // A page that notes what must not happen: errors, and requests to anywhere but `url`. `allowed`: console messages that a test provokes.
  async page(url, { size = desk, theme = 'light', calm = true, allowed = [], touch = false } = {}) {
    const context = await this.chromium.newContext({
      viewport: size,
      colorScheme: theme,
      reducedMotion: calm ? 'reduce' : 'no-preference',
      hasTouch: touch,
    });
    const page = await context.newPage();
    page.setDefaultTimeout(waitMs);
    const wrong = [];
    page.on('pageerror', (error) => wrong.push(`error: ${error.message}`));
    page.on('console', (message) => {
      if (message.type() === 'error' && !allowed.some((pattern) => pattern.test(message.text()))) wrong.push(`console: ${message.text()}`);
    });
    page.on('request', (request) => {
      if (!request.url().startsWith(url) && !request.url().startsWith('data:')) wrong.push(`foreign request: ${request.url()}`);
    });
    page.nothingWrong = () => assert.deepEqual(wrong, []);
    page.farmUrl = url;
    await page.goto(url);
    return page;
  }

  async shot(page, name) {
    await page.screenshot({ path: join(this.shots, `${name}.png`), timeout: waitMs });
  }

  async stop() {
    await this.chromium.close();
  }
}

export async function open(page, hash) {
  await page.evaluate((to) => {
    location.hash = to;
  }, hash);
}

// Every rule of axe that finds something, with where.
export async function axe(page, what) {
  await page.evaluate(axeSource);
  const found = await page.evaluate(() => window.axe.run(document, { resultTypes: ['violations'] }));
  const told = found.violations.map(
    (one) =>
      `${one.id}: ${one.nodes
        .slice(0, 3)
        .map((node) => node.target.join(' '))
        .join(' | ')}`,
  );
  assert.deepEqual(told, [], `axe in ${what}`);
  assert.ok(found.passes.length > 5, 'axe looked at something');
}

export async function noSideScroll(page, what) {
  const over = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
  assert.ok(over <= 0, `${what} is ${over} px wider than the window`);
}

export async function until(page, what, condition, argument) {
  try {
    await page.waitForFunction(condition, argument, { timeout: waitMs });
  } catch {
    assert.fail(`never: ${what}. The page says:\n${(await page.locator('body').innerText()).slice(0, 3000)}`);
  }
}

export const focused = (page) =>
  page.evaluate(() => {
    const element = document.activeElement;
    return element?.getAttribute('aria-label') ?? element?.textContent?.trim() ?? '';
  });

// Whether what has the focus shows that it has.
export const focusIsSeen = (page) =>
  page.evaluate(() => {
    const element = document.activeElement;
    if (!element || !element.matches(':focus-visible')) return false;
    const marks = [element, ...element.querySelectorAll('.outline, .box, .hit')];
    return marks.some((mark) => {
      const style = getComputedStyle(mark);
      return (
        (style.outlineStyle !== 'none' && style.outlineWidth !== '0px') || (style.stroke !== 'none' && parseFloat(style.strokeWidth) >= 2)
      );
    });
  });

export async function tabTo(page, wanted, most = 60) {
  for (let i = 0; i < most; ++i) {
    await page.keyboard.press('Tab');
    const now = await focused(page);
    if (wanted.test(now)) {
      assert.ok(await focusIsSeen(page), `the focus on "${now}" can't be seen`);
      return now;
    }
  }
  return assert.fail(`Tab does not reach ${wanted}`);
}
