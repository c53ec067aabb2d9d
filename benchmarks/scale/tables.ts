import { table } from '../report.js';
import type { CommunicationResult, LinkRow } from './communication.js';
import type { ConnectionsRow } from './connections.js';
import { linkSpeeds, type ProjectionRow, speeds, type TrafficRow, ways, worlds } from './projection.js';
import type { BytesRow, StepRow } from './training.js';

const percent = (value: number) => `${(100 * value).toFixed(1)} %`;
const off = (measured: number, predicted: number) => percent(predicted / measured - 1);
const wayOf = (exchange: Readonly<Record<string, string>>) => Object.values(exchange).join(', ') || 'auto';

export function bytesTable(rows: readonly BytesRow[]): string {
  const head = ['network', 'workers', 'micro-batches', 'exchange', 'bytes sent, measured', 'by the model'];
  return table(
    head,
    rows.map((row) => [
      ...[row.network, String(row.workers), String(row.microBatches), wayOf(row.exchange)],
      ...[row.measured, row.predicted].map((bytes) => bytes.toLocaleString('en')),
    ]),
  );
}

export function stepsTable(rows: readonly StepRow[]): string {
  const head = [
    'workers',
    'images each',
    'exchange',
    'bytes sent',
    'by the model',
    'core-ms a worker and step',
    'by the model',
    'off',
  ];
  return table(
    [...head, 'ms a step', 'by the model', 'coordinator, of a core'],
    rows.map(({ figures, ...row }) => [
      ...[String(row.workers), String(row.localBatch), wayOf(row.exchange)],
      ...[row.measured, row.predicted].map((bytes) => bytes.toLocaleString('en')),
      ...[figures.cpuMs, row.predictedCpuMs, off(figures.cpuMs, row.predictedCpuMs)],
      ...[figures.stepMs, row.predictedStepMs, `${(100 * figures.coordinatorShare).toFixed(2)} %`],
    ]),
  );
}

export function communicationTables({ costs, rows }: CommunicationResult): string {
  const costTable = table(
    ['what it costs the communication thread', 'ms'],
    [
      ['a megabyte sent or received', costs.msPerMegabyte],
      ['a frame sent or received', costs.msPerFrame],
      ['a bucket', costs.msPerBucket],
      ['a million additions', costs.msPerMillionAdditions],
    ],
  );
  const all = table(
    ['ranks', 'order', 'buckets', 'MB', 'core-ms a rank', 'by the model', 'off', 'by a fit to 2 and 4 ranks', 'off'],
    rows.map((row) => [
      ...[String(row.ranks), row.order, String(row.buckets), row.megabytes],
      ...[row.measuredMs, row.predictedMs, off(row.measuredMs, row.predictedMs)],
      ...[row.extrapolatedMs, off(row.measuredMs, row.extrapolatedMs)],
    ]),
  );
  return `${costTable}\n${all}`;
}

export function linksTable(rows: readonly LinkRow[]): string {
  return table(
    ['ranks', 'order', 'Mbit/s of all together', 'ms', 'by the model', 'off'],
    rows.map((row) => [
      ...[String(row.ranks), row.order, String(row.megabitsPerSecond)],
      ...[row.measuredMs, row.predictedMs, off(row.measuredMs, row.predictedMs)],
    ]),
  );
}

export function connectionsTable(rows: readonly ConnectionsRow[]): string {
  return table(
    ['connections', 'as of one rank of', 'to open, core-ms', 'MB', 'a frame of 8 KiB sent and received, core-ms'],
    rows.map((row) => [
      ...[String(row.connections), String(row.likeRanks), row.openCpuMs, row.megabytes, row.msPerFrame],
    ]),
  );
}

export function trafficTable(rows: readonly TrafficRow[]): string {
  return table(
    ['workers', 'way', 'as factors', 'MB sent', 'frames sent and received', 'connections'],
    rows
      .filter(({ worldSize }) => worldSize > 1)
      .map((row) => [
        ...[String(row.worldSize), row.way, row.factors.join(' ') || '–'],
        ...[row.bytesSent / 1e6, row.frames, String(row.connections)],
      ]),
  );
}

export function projectionTables(rows: readonly ProjectionRow[]): string {
  return speeds
    .map((speed) => {
      const columns = linkSpeeds.flatMap((link) => ways.map(({ name }) => ({ link, name })));
      const of = (worldSize: number, link: number, name: string) =>
        rows.find(
          (row) =>
            row.worldSize === worldSize && row.gigabitsPerSecond === link && row.way === name && row.speed === speed,
        )!;
      const head = ['workers', ...columns.map(({ link, name }) => `${link}G ${name}`)];
      const body = worlds.map((worldSize) => [
        String(worldSize),
        ...columns.map(({ link, name }) => percent(of(worldSize, link, name).efficiency)),
      ]);
      return `efficiency, a worker ${speed} time(s) as fast as the measured core\n\n${table(head, body)}`;
    })
    .join('\n');
}
