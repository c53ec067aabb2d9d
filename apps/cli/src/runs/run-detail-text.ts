import type { RunStartRecord, WorkerRecord } from '@tandem/coordinator';
import { configFile } from '@tandem/coordinator';
import type { Machine } from '@tandem/core';
import { columns } from '../columns.js';
import { engineText } from './engine-text.js';
import type { RunSummary } from './run-summary.js';
import { dateText, percent, stepText } from './runs-text.js';

/** All that a run directory says of how its run came about, and how to do it again. */
export function runDetailText(run: RunSummary): string {
  const { directory, status, last, totalSteps, best, record } = run;
  const facts = [
    ['status', status],
    ['step', stepText(last?.step, totalSteps)],
    ...(best === undefined ? [] : [['best top-1 error', `${percent(best.top1)} (step ${best.step})`]]),
  ];
  const starts = record?.starts ?? [];
  return [
    directory,
    ...indented(columns(facts)),
    ...starts.flatMap((start, index) => ['', ...startText(start, index + 1)]),
    '',
    ...(starts.length === 0 ? ['How it was started is not recorded.'] : againText(run)),
    '',
  ].join('\n');
}

function startText(start: RunStartRecord, number: number): string[] {
  const { startedAt, afterStep, command, workingDirectory, tandem, coordinator, workers, end, runId } = start;
  const ended =
    end === undefined
      ? 'no end is recorded'
      : `${end.result} at step ${end.step}, ${dateText(end.endedAt)}${end.reason === undefined ? '' : `: ${end.reason}`}`;
  const facts = [
    ['run id', runId],
    ...(command === undefined ? [] : [['command', command.join(' ')]]),
    ['in', workingDirectory],
    ['Tandem', sourceText(tandem)],
    ['coordinator', machineText(coordinator)],
    ...workers.map((worker) => [worker.name, workerText(worker)]),
    ['end', ended],
  ];
  return [`start ${number}, ${dateText(startedAt)}, after step ${afterStep}`, ...indented(columns(facts))];
}

/** What decides bits: the first start's; and how far the newest went. */
function againText({ directory, record, totalSteps }: RunSummary): string[] {
  const { tandem, workers, modules } = record!.starts[0]!;
  const changes = tandem.modified === true ? '   # and the changes that were not committed' : '';
  const commit = tandem.commit === undefined ? [] : [`git checkout ${tandem.commit}${changes}`];
  const conditions = [
    ...distinct(workers.map(engineText)),
    ...distinct(workers.map(({ machine }) => machine?.processor ?? '')),
  ];
  const first = workers.filter(({ generation }) => generation === workers[0]?.generation).length;
  return [
    `To do it again${conditions.length === 0 ? '' : `, to the last bit with ${conditions.join(', ')}`}:`,
    ...indented([
      ...commit,
      [
        `tandem run --config ${configFile(directory)} --workers ${Math.max(1, first)}`,
        ...distinct(workers.map(({ engine = 'native' }) => (engine === 'native' ? '' : `--engine ${engine}`))),
        ...(workers.some(({ device }) => device.startsWith('gpu')) ? ['--device gpu'] : []),
        ...(modules === undefined ? [] : [`--modules ${modules}`]),
        ...(totalSteps === undefined ? [] : [`--max-steps ${totalSteps}`]),
        '--out ANOTHER_FOLDER',
      ].join(' '),
    ]),
  ];
}

function sourceText({ version, commit, modified }: RunStartRecord['tandem']): string {
  if (commit === undefined) return version;
  return `${version}, commit ${commit}${modified === true ? ' with changes that were not committed' : ''}`;
}

function workerText(worker: WorkerRecord): string {
  const { device, threads, machine, rank, generation } = worker;
  const where = machine === undefined ? '' : `, ${machineText(machine)}`;
  const place = `rank ${rank} from generation ${generation} on`;
  return `${place}, ${device}, ${engineText(worker)}, ${threads} thread${threads === 1 ? '' : 's'}${where}`;
}

function machineText({ host, platform, processor, cores, memoryBytes, node }: Machine): string {
  const memory = `${(memoryBytes / 2 ** 30).toFixed(1)} GiB`;
  return [host, platform, processor, `${cores} core${cores === 1 ? '' : 's'}`, memory, `Node ${node}`]
    .filter((fact) => fact !== '')
    .join(', ');
}

function distinct(facts: readonly string[]): string[] {
  return [...new Set(facts)].filter((fact) => fact !== '');
}

function indented(lines: readonly string[]): string[] {
  return lines.map((line) => `  ${line}`);
}
