import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadConfig } from '@tandem/core/config';
import { parseAllDocuments } from 'yaml';
import { describe, expect, it } from 'vitest';

const deploy = join(import.meta.dirname, '../../deploy');
const units = join(deploy, 'systemd');
const hasSystemd = spawnSync('systemd-analyze', ['--version']).status === 0;

/** Every file below deploy/ whose name ends so. */
function filesOf(...endings: string[]): string[] {
  return readdirSync(deploy, { recursive: true, encoding: 'utf8' })
    .filter((file) => endings.some((ending) => file.endsWith(ending)))
    .map((file) => join(deploy, file));
}

interface Container {
  readonly securityContext?: unknown;
}
interface ProbedTemplate {
  readonly spec: {
    readonly template: { readonly spec: { readonly containers: readonly Readonly<Record<string, unknown>>[] } };
  };
}

interface PodTemplate {
  readonly metadata: { readonly name: string };
  readonly spec?: { readonly template?: { readonly spec: { securityContext?: unknown; containers: Container[] } } };
}

describe.runIf(hasSystemd)('the systemd units', () => {
  it.each(readdirSync(units))('%s is one that systemd takes without a complaint', (name) => {
    const { status, stderr } = spawnSync('systemd-analyze', ['verify', join(units, name)], { encoding: 'utf8' });
    expect(stderr).toBe('');
    expect(status).toBe(0);
  });
});

describe('deploy/', () => {
  it('sets only variables that are documented', () => {
    const known = ['launching.md', 'runtime.md'].map((page) => readFileSync(join(deploy, '../docs', page), 'utf8'));
    // What the units and the Slurm script have of their own; deploy/README.md says what they are.
    const own = readFileSync(join(deploy, 'README.md'), 'utf8');
    const files = filesOf('.yaml', '.service', '.sbatch', 'Containerfile');
    const set = files.flatMap((file) =>
      [...readFileSync(file, 'utf8').matchAll(/\bTANDEM_[A-Z_]+/g)].map(([name]) => name),
    );
    expect(set).toContain('TANDEM_COORDINATOR');
    expect([...new Set(set)].filter((name) => ![...known, own].some((page) => page.includes(`\`${name}`)))).toEqual([]);
  });

  it('has a configuration that Tandem takes', () => {
    expect(loadConfig(join(deploy, 'kubernetes/base/run.yaml')).cluster.maxWorkers).toBe(4);
  });

  it('runs pods without privileges', () => {
    const objects = ['coordinator.yaml', 'workers.yaml'].flatMap((file) =>
      parseAllDocuments(readFileSync(join(deploy, 'kubernetes/base', file), 'utf8')).map(
        (document) => document.toJS() as PodTemplate,
      ),
    );
    const pods = objects.flatMap(({ spec }) => spec?.template?.spec ?? []);
    expect(pods).toHaveLength(2);
    for (const pod of pods) {
      expect(pod.securityContext).toMatchObject({ runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } });
      for (const { securityContext } of pod.containers)
        expect(securityContext).toEqual({
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ['ALL'] },
        });
    }
  });

  it('asks pods whether they are well where they say it', () => {
    for (const file of ['coordinator.yaml', 'workers.yaml']) {
      const [job] = parseAllDocuments(readFileSync(join(deploy, 'kubernetes/base', file), 'utf8'));
      const [container] = (job!.toJS() as ProbedTemplate).spec.template.spec.containers;
      const { env, ports, startupProbe, readinessProbe, livenessProbe } = container!;
      expect(env).toContainEqual({ name: 'TANDEM_METRICS_LISTEN', value: '0.0.0.0:9400' });
      expect(ports).toContainEqual({ name: 'metrics', containerPort: 9400 });
      // Nobody is sent to a worker by a Service.
      const probes = [startupProbe, livenessProbe, ...(file === 'coordinator.yaml' ? [readinessProbe] : [])];
      for (const probe of probes)
        expect(probe).toMatchObject({ httpGet: { path: '/health', port: 'metrics', scheme: 'HTTPS' } });
    }
  });

  it.each(filesOf('.sh', '.sbatch'))('%s is a script that bash can read', (file) => {
    const { status, stderr } = spawnSync('bash', ['-n', file], { encoding: 'utf8' });
    expect(stderr).toBe('');
    expect(status).toBe(0);
  });
});
