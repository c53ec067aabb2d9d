import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { INTERRUPTED_EXIT_CODE } from '@tandem/core';
import { RunningTandem } from '../src/support/tandem.js';
import { type Cell, cellsOf, FAULTS, nameOf, needsNetwork, PHASES, TARGETS } from './cells.js';
import { NamespaceNetwork } from './network.js';
import { STEPS } from './plan.js';
import { makeReference } from './reference.js';
import { keepResults, passedToday } from './results.js';
import { type CellResult, runCell } from './run-cell.js';

/** Cells that run at a time: each has four processes, most of which wait most of the time. */
const AT_A_TIME = 2;

/** `npm run test:faults`: the cells that its flags choose, by default all. Exit code 1 where one failed. */
async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      cells: { type: 'string' },
      phases: { type: 'string' },
      targets: { type: 'string' },
      keep: { type: 'boolean' },
      // Only those that the day's runs have not passed yet.
      missing: { type: 'boolean' },
    },
  });
  const chosen = cellsOf(
    choose('--cells', values.cells, FAULTS),
    choose('--phases', values.phases, PHASES),
    choose('--targets', values.targets, TARGETS),
  ).filter((cell) => values.missing !== true || !passedToday().has(nameOf(cell)));
  const noNetwork = chosen.some(needsNetwork) ? NamespaceNetwork.unavailable() : undefined;
  const cells = chosen.filter((cell) => noNetwork === undefined || !needsNetwork(cell));
  const folder = mkdtempSync(join(tmpdir(), 'tandem-faults-'));
  const stop = () =>
    void RunningTandem.killAll().then(() => {
      NamespaceNetwork.closeAll();
      process.exit(INTERRUPTED_EXIT_CODE);
    });
  process.once('SIGINT', stop).once('SIGTERM', stop);
  let failed = 0;
  try {
    const reference = await makeReference(folder, STEPS);
    const results = await inTurn(cells, async (cell) => {
      const result = await runCell(cell, reference, folder);
      report(result);
      keepResults([result]);
      return result;
    });
    failed = results.filter(({ passed }) => !passed).length;
    if (noNetwork !== undefined) console.log(`no network namespaces here: ${noNetwork}`);
    console.log(`${results.length - failed} cells passed, ${failed} failed, ${chosen.length - cells.length} skipped`);
  } finally {
    if (values.keep === true || failed > 0) console.log(`the runs are in ${folder}`);
    else rmSync(folder, { recursive: true, force: true });
  }
  return failed === 0 ? 0 : 1;
}

function choose<T extends string>(flag: string, value: string | undefined, from: readonly T[]): readonly T[] {
  if (value === undefined) return from;
  const chosen = value.split(',');
  const unknown = chosen.filter((each) => !(from as readonly string[]).includes(each));
  if (unknown.length > 0) throw new Error(`${flag} has ${unknown.join(', ')}: expected some of ${from.join(', ')}`);
  return from.filter((each) => chosen.includes(each));
}

/** AT_A_TIME of them, results in the order of the cells. */
async function inTurn(cells: readonly Cell[], run: (cell: Cell) => Promise<CellResult>): Promise<CellResult[]> {
  const results: CellResult[] = [];
  let next = 0;
  const work = async () => {
    for (let index = next++; index < cells.length; index = next++) results[index] = await run(cells[index]!);
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, work));
  return results;
}

function report(result: CellResult): void {
  const { passed, recoveryMs, seconds, faults } = result;
  const recovery = recoveryMs === undefined ? '' : `, without a step for ${(recoveryMs / 1000).toFixed(2)} s`;
  console.log(`${passed ? 'ok  ' : 'FAIL'} ${nameOf(result)}${recovery} (${seconds.toFixed(0)} s)`);
  for (const fault of faults) console.log(`     ${fault.replaceAll('\n', '\n     ')}`);
}

process.exitCode = await main();
