import { formatLoss, formatRate } from '@tandem/observability';
import type { ClusterStatus } from '@tandem/rpc';
import { columns } from './columns.js';

/** A run's status for people: a line of the run and a table of its workers. */
export function statusText(status: ClusterStatus): string {
  const { runId, state, generation, step, totalSteps, epoch, loss, imagesPerSecond, members } = status;
  const head = [
    `run ${runId}: ${state}`,
    `generation ${generation}`,
    `step ${step}${totalSteps > 0 ? `/${totalSteps}` : ''}`,
    ...(epoch > 0 ? [`epoch ${epoch}`, `loss ${formatLoss(loss)}`, `${formatRate(imagesPerSecond)} images/s`] : []),
  ].join(' · ');
  const rows = members.map((member) => [
    String(member.rank),
    member.name,
    member.host,
    member.address,
    member.device,
    String(member.step),
    member.phase,
    `${(member.heartbeatAgeMs / 1000).toFixed(1)} s ago`,
  ]);
  const table = [['rank', 'name', 'host', 'address', 'device', 'step', 'phase', 'heard'], ...rows];
  return [head, ...(rows.length === 0 ? ['no worker has joined yet'] : columns(table))].join('\n');
}
