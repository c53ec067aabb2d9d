import { parseConfig } from '@tandem/core/config';
import { describe, expect, it } from 'vitest';
import { traceSettings } from './trace-settings.js';

const BASE = 'OTEL_EXPORTER_OTLP_ENDPOINT';
const EXACT = 'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT';

function settings(environment: Record<string, string>, ...overrides: string[]) {
  const yaml = 'model: { name: small }\ndata: { format: idx, train: t }';
  const prefixed = overrides.map((override) => `monitoring.traces.${override}`);
  return traceSettings(parseConfig(yaml, { overrides: prefixed }).monitoring.traces, environment);
}

describe('traces are sent', () => {
  it.each([
    ['to what the configuration says', {}, ['endpoint=http://c:4318'], 'http://c:4318/v1/traces'],
    ['to it before all variables', { [EXACT]: 'http://e' }, ['endpoint=https://c/otlp/'], 'https://c/otlp/v1/traces'],
    ['to the variable of all signals', { [BASE]: 'http://b:4318/' }, [], 'http://b:4318/v1/traces'],
    ['to the variable of traces as it is', { [BASE]: 'http://b', [EXACT]: 'http://e/x' }, [], 'http://e/x'],
    ['to this machine', { OTEL_TRACES_EXPORTER: 'otlp' }, [], 'http://localhost:4318/v1/traces'],
    [
      'by the only protocol there is',
      { [BASE]: 'http://b', OTEL_EXPORTER_OTLP_PROTOCOL: 'http/protobuf' },
      [],
      'http://b/v1/traces',
    ],
  ])('%s', (_, environment, overrides, url) => {
    expect(settings(environment, ...overrides)).toEqual({ url, everySteps: 100 });
  });

  it('of the steps that were asked for', () => {
    expect(settings({ [BASE]: 'http://b' }, 'everySteps=7')).toMatchObject({ everySteps: 7 });
  });
});

describe('no traces are sent', () => {
  it.each([
    ['where nothing is said', {}, []],
    ['where a variable is empty', { [BASE]: ' ' }, []],
    ['where they are of no step', { [BASE]: 'http://b' }, ['everySteps=0']],
    ['where OpenTelemetry is off', { [BASE]: 'http://b', OTEL_SDK_DISABLED: 'true' }, []],
    ['where another exporter is named', { [BASE]: 'http://b', OTEL_TRACES_EXPORTER: 'none' }, []],
  ])('%s', (_, environment, overrides) => {
    expect(settings(environment, ...overrides)).toBeUndefined();
  });

  it.each([
    [{ [BASE]: 'http://b:4317', OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' }, /OTEL_EXPORTER_OTLP_PROTOCOL is grpc.*4318/],
    [{ [BASE]: 'http://b', OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: 'http/json' }, /TRACES_PROTOCOL is http\/json/],
    [{ [BASE]: 'collector:4318' }, /collector:4318\/v1\/traces is no URL/],
  ])('where they cannot be: %j', (environment, reason) => {
    expect(settings(environment)).toEqual({ refused: expect.stringMatching(reason) as string });
  });

  it.each([
    ['endpoint=collector:4318', /a URL such as/],
    ['endpoint=http://me:secret@c', /OTEL_EXPORTER_OTLP_HEADERS/],
    ['everySteps=-1', /everySteps/],
  ])('where the configuration is wrong: %s', (override, message) => {
    expect(() => settings({}, override)).toThrow(message);
  });
});
