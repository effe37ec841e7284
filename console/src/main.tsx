import { render } from 'preact';
import { App } from './app.tsx';
import { start } from './start.ts';
import './style/tokens.css';
import './style/base.css';
import './style/shell.css';
import './style/components.css';
import './style/dialog.css';
import './style/table.css';
import './style/plot.css';
import './style/sample.css';

start();
render(<App />, document.getElementById('root') as HTMLElement);
