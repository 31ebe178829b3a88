import { render } from 'preact';
import { connect } from '../shared/host';
import '../shared/base.css';
import './layout.css';
import './picture.css';
import './conversation.css';
import './stages.css';
import './composer.css';
import './compare.css';
import { App } from './App';
import type { PromptHost } from './promptHost';
import { parseSaved } from './saved';

const host: PromptHost = connect(parseSaved);
const root = document.getElementById('root');
if (root) render(<App host={host} />, root);
