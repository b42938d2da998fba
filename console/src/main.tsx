import { render } from 'preact';
import { App } from './app';
import './style/base.css';
import './style/help.css';
import './style/session.css';
import './style/parts.css';
import './style/log.css';
import './style/charts.css';
import './style/explained.css';

const root = document.getElementById('root');
if (root) render(<App />, root);
