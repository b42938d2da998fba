// Runs browser scenarios: `node run.mjs --shots DIR --dist DIR NAME…` those with a made-up farm, `--url URL` those with a real one.
// Exit: 0 all held, 1 one did not. Called by tests/e2e/test_console.py.
import { parseArgs } from 'node:util';
import { scenarios as anyFarm } from './made_up.mjs';
import { scenarios as real } from './real.mjs';
import { Browser } from './support.mjs';
import { scenarios as guardedFarm } from './token.mjs';

const madeUp = { ...anyFarm, ...guardedFarm };

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { shots: { type: 'string' }, dist: { type: 'string' }, url: { type: 'string' }, list: { type: 'boolean' } },
});
if (values.list) {
  console.log(Object.keys(madeUp).join('\n'));
  process.exit(0);
}
let failed = 0;
for (const name of positionals) {
  const scenario = madeUp[name] ?? real[name];
  if (!scenario) throw new Error(`there is no scenario ${name}`);
  const browser = await Browser.start(values.shots ?? 'build/shots');
  try {
    await scenario(browser, madeUp[name] ? values.dist : values.url);
    console.log(`held: ${name}`);
  } catch (error) {
    failed += 1;
    console.error(`broken: ${name}: ${error.stack}`);
  }
  await browser.stop();
}
process.exit(failed > 0 ? 1 : 0);
