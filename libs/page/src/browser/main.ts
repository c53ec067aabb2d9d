import type { StatusMessage } from '../shared/protocol.js';
import { Connection } from './connection.js';
import { Curves } from './curves.js';
import { byId, setText } from './elements.js';
import { Frames } from './frames.js';
import { LogView } from './log-view.js';
import { showMarks } from './marks-view.js';
import { RunData } from './run-data.js';
import { SamplesView } from './samples-view.js';
import { StatusView } from './status-view.js';
import { chooseTheme } from './theme.js';

const data = new RunData();
const frames = new Frames();
const curves = new Curves(data, frames);
const statusView = new StatusView(data);
const logView = new LogView(data, frames);
const samplesView = new SamplesView();
let status: StatusMessage | undefined;
chooseTheme(() => curves.redraw());

const showMembership = () => showMarks(data.marks);
const showStatus = () => {
  if (status === undefined) return;
  statusView.show(status);
  samplesView.available = status.samples;
};

/** Everything, or what has changed, in its turn. */
function show(changed: { readonly curves: boolean; readonly marks: boolean; readonly log: boolean }): void {
  if (changed.curves || changed.marks) curves.update();
  if (changed.marks) frames.draw(showMembership);
  if (changed.log) frames.draw(logView.show);
  frames.draw(showStatus);
}

new Connection({
  replaced(all) {
    data.replace(all);
    show({ curves: true, marks: true, log: true });
  },
  added(more) {
    data.add(more);
    show({
      curves: more.steps.step.length > 0 || more.evaluations.step.length > 0,
      marks: more.marks.length > 0,
      log: more.log.length > 0,
    });
  },
  status(now) {
    status = now;
    frames.draw(showStatus);
  },
  connection(state) {
    const over = status?.state === 'finished' || status?.state === 'failed';
    const lost = over
      ? 'The run is over, and its coordinator has ended'
      : 'The coordinator does not answer: trying again';
    byId('connection').dataset['state'] = state === 'live' ? 'live' : over ? 'over' : 'lost';
    setText(byId('connection'), state === 'live' ? 'Live' : lost);
  },
});
