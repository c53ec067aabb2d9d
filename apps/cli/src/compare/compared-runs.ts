import { existsSync, readFileSync } from 'node:fs';
import { configFile } from '@tandem/coordinator';
import { parse } from 'yaml';
import { isRunDirectory, runsNotFound } from '../runs/find-runs.js';
import { readMetrics, type RunMetrics } from '../runs/run-metrics.js';
import { runConditions } from './run-conditions.js';

/** What is not the same in all runs, with each run's. */
export interface Difference {
  readonly key: string;
  readonly values: readonly string[];
}

export interface ComparedRun {
  /** `LABEL=DIR`, or the directory itself. */
  readonly label: string;
  readonly directory: string;
  readonly metrics: RunMetrics;
  /** Its values by key; empty where it has no config.yaml. */
  readonly config: ReadonlyMap<string, string>;
  /** What else decides bits. */
  readonly conditions: ReadonlyMap<string, string>;
}

/** Throws a ConfigurationError (`TANDEM_RUNS_NOT_FOUND`). */
export function openComparedRun(argument: string): ComparedRun {
  const equals = argument.indexOf('=');
  const isLabelled = equals > 0 && !existsSync(argument);
  const directory = isLabelled ? argument.slice(equals + 1) : argument;
  if (!isRunDirectory(directory)) throw runsNotFound(directory, 'this is no run directory');
  return {
    label: isLabelled ? argument.slice(0, equals) : argument,
    directory,
    metrics: readMetrics(directory),
    config: configOf(directory),
    conditions: runConditions(directory),
  };
}

/** Keys whose values are not the same in all runs, with each run's. */
export function configDifferences(runs: readonly ComparedRun[]): Difference[] {
  return differences(runs.map(({ config }) => config));
}

export function conditionDifferences(runs: readonly ComparedRun[]): Difference[] {
  return differences(runs.map(({ conditions }) => conditions));
}

function differences(maps: readonly ReadonlyMap<string, string>[]): Difference[] {
  const keys = [...new Set(maps.flatMap((map) => [...map.keys()]))];
  return keys
    .map((key) => ({ key, values: maps.map((map) => map.get(key) ?? '-') }))
    .filter(({ values }) => new Set(values).size > 1);
}

function configOf(directory: string): Map<string, string> {
  const file = configFile(directory);
  return new Map(existsSync(file) ? leaves(parse(readFileSync(file, 'utf8')), '') : []);
}

function leaves(value: unknown, path: string): [string, string][] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [[path, JSON.stringify(value)]];
  return Object.entries(value).flatMap(([key, inner]) => leaves(inner, path === '' ? key : `${path}.${key}`));
}
