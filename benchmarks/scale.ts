import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { writeImages } from './paper-network.js';
import { circumstances, conclude, keep } from './report.js';
import { type CommunicationResult, type LinkRow, measureCommunication, measureLinks } from './scale/communication.js';
import { type ConnectionsRow, measureConnections } from './scale/connections.js';
import type { ComputeProfile } from './scale/compute-profile.js';
import { drawEfficiency } from './scale/draw.js';
import { project } from './scale/projection.js';
import { smallRuns } from './scale/small-network.js';
import {
  bytesTable,
  communicationTables,
  connectionsTable,
  linksTable,
  projectionTables,
  stepsTable,
  trafficTable,
} from './scale/tables.js';
import { type BytesRow, measureBytes, measureSteps, type StepRow } from './scale/training.js';

// What the exchange does at 1, 2, 4 and 8 ranks on this machine, beside a model of it; and what the model says of up to 1,024 ranks
// (docs/scale.md). `npm run bench:scale`, or a part of it: `-- --part bytes`, `communication`, `links`, `connections`, `steps`, `whole-batch`, `model`. Parts of
// one day are kept together in results/scale-DATE.json, where later parts find earlier ones. Eight workers of the paper's network take 15 GB.
// `--smoke` is a short form that shows that it runs.

const { values: flags } = parseArgs({
  options: {
    part: { type: 'string', multiple: true, default: [] },
    worlds: { type: 'string', default: '1,2,4,8' },
    picture: { type: 'string', default: join(import.meta.dirname, '../docs/images/scale.svg') },
    smoke: { type: 'boolean', default: false },
  },
});

interface Results {
  readonly bytes?: readonly BytesRow[];
  readonly communication?: CommunicationResult;
  readonly links?: readonly LinkRow[];
  readonly connections?: readonly ConnectionsRow[];
  /** Four images a worker. */
  readonly steps?: readonly StepRow[];
  /** 32 images a worker. */
  readonly wholeBatch?: readonly StepRow[];
  /** Of one worker with 32 images a step. */
  readonly profile?: ComputeProfile;
  readonly projection?: ReturnType<typeof project>;
}

const parts = ['bytes', 'communication', 'links', 'connections', 'whole-batch', 'steps', 'model'] as const;
const wanted = flags.part.length === 0 ? parts : parts.filter((part) => flags.part.includes(part));
const unknown = flags.part.filter((part) => !parts.some((known) => known === part));
if (unknown.length > 0) throw new Error(`--part ${unknown.join(', ')}: there are ${parts.join(', ')}`);
const worlds = flags.smoke ? [1, 2] : flags.worlds.split(',').map(Number);
const width = flags.smoke ? 0.25 : 1;
const kept = join(import.meta.dirname, `results/scale-${circumstances().date}.json`);
let results: Results =
  flags.smoke || !existsSync(kept) ? {} : (JSON.parse(readFileSync(kept, 'utf8')) as { results: Results }).results;
const print = (text: string) => process.stdout.write(`${text}\n`);

const scratch = mkdtempSync(join(tmpdir(), 'tandem-bench-scale-'));
try {
  await writeImages(join(scratch, 'images'));
  const steps: Record<(typeof parts)[number], () => Promise<void>> = {
    bytes: ofBytes,
    communication: ofCommunication,
    links: ofLinks,
    connections: ofConnections,
    steps: ofSteps,
    'whole-batch': ofWholeBatch,
    model: ofModel,
  };
  for (const part of wanted) {
    await steps[part]();
    // What a later part's failure must not cost.
    if (!flags.smoke) keep('scale', { results });
  }
  conclude('scale', { results }, flags.smoke);
} finally {
  rmSync(scratch, { recursive: true, force: true });
}

async function ofBytes(): Promise<void> {
  const runs = smallRuns(worlds);
  const bytes = await measureBytes(scratch, flags.smoke ? runs.slice(-1) : runs);
  results = { ...results, bytes };
  print(bytesTable(bytes));
  checkBytes(bytes);
}

async function ofCommunication(): Promise<void> {
  const communication = await measureCommunication(flags.smoke ? [2] : [2, 4, 8, 16], flags.smoke);
  results = { ...results, communication };
  print(communicationTables(communication));
}

function ofLinks(): Promise<void> {
  const links = measureLinks(need('communication').costs, flags.smoke);
  results = { ...results, links };
  print(linksTable(links));
  return Promise.resolve();
}

/** 8 KiB is a shard of a bucket of 8 MiB at 1,024 ranks. */
async function ofConnections(): Promise<void> {
  const connections: ConnectionsRow[] = [];
  for (const ranks of flags.smoke ? [4] : [4, 8, 16, 32])
    connections.push(await measureConnections(ranks, 8192, Math.ceil((flags.smoke ? 100 : 10_000) / ranks ** 2)));
  results = { ...results, connections };
  print(connectionsTable(connections));
}

/** So that eight workers have room, and the first checkpoint is written before anything is measured. */
async function ofSteps(): Promise<void> {
  const { costs } = need('communication');
  const lengths = flags.smoke ? { warmUpSteps: 1, measuredSteps: 2 } : { warmUpSteps: 16, measuredSteps: 6 };
  const { rows } = await measureSteps({ scratch, width, costs, localBatch: 4, worlds, exchange: {}, ...lengths });
  results = { ...results, steps: rows };
  print(stepsTable(rows));
  checkBytes(rows);
}

async function ofWholeBatch(): Promise<void> {
  const { costs } = need('communication');
  const lengths = flags.smoke ? { warmUpSteps: 1, measuredSteps: 1 } : { warmUpSteps: 4, measuredSteps: 6 };
  const localBatch = flags.smoke ? 2 : 32;
  const common = { scratch, width, costs, localBatch, ...lengths };
  const plain = await measureSteps({ ...common, worlds: flags.smoke ? [1] : [1, 2], exchange: {} });
  const compressed = flags.smoke
    ? []
    : (await measureSteps({ ...common, alone: plain.alone, worlds: [2], exchange: { compression: 'bf16' } })).rows;
  results = { ...results, wholeBatch: [...plain.rows, ...compressed], profile: plain.alone.profile };
  print(stepsTable(results.wholeBatch!));
  checkBytes(results.wholeBatch!);
}

function ofModel(): Promise<void> {
  const projection = project(need('profile'), need('communication').costs);
  results = { ...results, projection };
  print(trafficTable(projection.traffic));
  print(projectionTables(projection.rows));
  if (!flags.smoke) {
    mkdirSync(dirname(flags.picture), { recursive: true });
    writeFileSync(flags.picture, drawEfficiency(projection.rows));
  }
  return Promise.resolve();
}

function need<K extends keyof Results>(part: K): NonNullable<Results[K]> {
  const found = results[part];
  if (found === undefined || found === null)
    throw new Error(`there is no ${part} in ${kept}: run the parts before this one`);
  return found;
}

/** Bytes are not estimated: one more or less is a mistake in the model. */
function checkBytes(rows: readonly BytesRow[]): void {
  for (const { network, workers, exchange, measured, predicted } of rows)
    if (measured !== predicted)
      throw new Error(
        `${network}, ${workers} workers, ${JSON.stringify(exchange)}: ${measured} bytes were sent, the model says ${predicted}`,
      );
}
