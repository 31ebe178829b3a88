import { render } from 'preact';
import { connect } from '../shared/host';
import 'uplot/dist/uPlot.min.css';
import '../shared/base.css';
import '../shared/measurement.css';
import '../shared/panel.css';
import '../shared/charts/charts.css';
import './claims.css';
import { App } from './App';
import type { ClaimsHost } from './claimsHost';
import { parseSaved } from './saved';

const host: ClaimsHost = connect(parseSaved);
const root = document.getElementById('root');
if (root) render(<App host={host} />, root);
