import { render } from 'preact';
import { connect } from '../shared/host';
import '../shared/base.css';
import '../shared/measurement.css';
import './layout.css';
import './map.css';
import './detail.css';
import { App } from './App';
import type { QuantizationHost } from './quantizationHost';
import { parseSaved } from './saved';

const host: QuantizationHost = connect(parseSaved);
const root = document.getElementById('root');
if (root) render(<App host={host} />, root);
