import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Argument, Command, Option } from 'commander';
import { afterAll, describe, expect, it } from 'vitest';
import { buildProgram } from '../program.js';
import { bashCompletion } from './bash.js';
import { commandTree } from './command-tree.js';
import { fishCompletion } from './fish.js';
import { zshCompletion } from './zsh.js';

const folder = mkdtempSync(join(tmpdir(), 'tandem-completion-'));
afterAll(() => rmSync(folder, { recursive: true }));

const tree = commandTree(await buildProgram());

function isInstalled(shell: string): boolean {
  try {
    execFileSync(shell, ['-c', 'true'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

describe('commandTree', () => {
  it('has commands, options with what they take, and arguments', () => {
    const command = new Command('tool')
      .addCommand(
        new Command('make')
          .description('makes it')
          .option('--fast', 'faster')
          .option('--config <file>', 'what to make')
          .addOption(new Option('--colour <colour>', 'its colour').choices(['red', 'blue']))
          .addArgument(new Argument('<dir>', 'where to')),
      )
      .addCommand(new Command('secret'), { hidden: true });
    const [make, ...others] = commandTree(command).commands;
    expect(others).toEqual([]);
    expect(make).toMatchObject({ path: ['make'], description: 'makes it' });
    expect(make!.options.map(({ flag, value }) => [flag, value?.completes])).toEqual([
      ['--fast', undefined],
      ['--config', { kind: 'files' }],
      ['--colour', { kind: 'choices', choices: ['red', 'blue'] }],
      ['--help', undefined],
    ]);
    expect(make!.arguments).toMatchObject([{ name: 'dir', completes: { kind: 'folders' } }]);
  });
});

describe('bash', () => {
  const script = join(folder, 'tandem.bash');
  writeFileSync(script, bashCompletion('tandem', tree));

  /** What bash would offer after these words, the last of which is being typed. */
  function offered(...words: string[]): string[] {
    const typed = ['tandem', ...words].map((word) => `'${word}'`).join(' ');
    const ask = `source ${script}; COMP_WORDS=(${typed}); COMP_CWORD=${words.length}; _tandem; echo "\${COMPREPLY[@]}"`;
    const output = execFileSync('bash', ['--norc', '-c', ask], { encoding: 'utf8' });
    return output.trim().split(/\s+/).filter(Boolean);
  }

  it.each([
    ['commands', ['doc'], ['doctor']],
    ['commands of commands', ['config', ''], ['check', 'show']],
    ['options', ['run', '--conf'], ['--config']],
    ['options of commands of commands', ['config', 'show', '--j'], ['--json']],
    ['an option’s choices', ['run', '--device', ''], ['cpu', 'gpu']],
    ['an argument’s choices', ['completion', 'f'], ['fish']],
    ['options after values that are called like commands', ['run', '--out', 'run', '--res'], ['--resume']],
    ['nothing in place of a file, which bash itself completes', ['run', '--config', ''], []],
  ])('offers %s', (_, words, expected) => {
    expect(offered(...words)).toEqual(expected);
  });
});

describe('zsh', () => {
  const script = zshCompletion('tandem', tree);

  it.skipIf(!isInstalled('zsh'))('is taken by zsh', () => {
    const file = join(folder, '_tandem');
    writeFileSync(file, script);
    execFileSync('zsh', ['-n', file], { stdio: 'pipe' });
  });

  it('has a function for each command, and specs that _arguments reads', () => {
    expect(script).toContain("'--device[gpu\\: worker K gets the K-th GPU]:device:(cpu gpu)'");
    expect(script).toContain('check) _tandem_config_check ;;');
    expect(script).toContain('_tandem_config_check() {');
    expect(script).toContain("'1:file:_files'");
  });
});

describe('fish', () => {
  const script = fishCompletion('tandem', tree);

  it.skipIf(!isInstalled('fish'))('is taken by fish, which offers commands and choices', () => {
    const file = join(folder, 'tandem.fish');
    writeFileSync(file, script);
    const offered = (line: string) =>
      execFileSync('fish', ['--no-config', '-c', `source ${file}; complete -C '${line}'`], { encoding: 'utf8' })
        .split('\n')
        .map((offer) => offer.split('\t')[0]);
    expect(offered('tandem ru')).toContain('run');
    expect(offered('tandem config ')).toEqual(expect.arrayContaining(['check', 'show']));
    expect(offered('tandem run --device ')).toEqual(expect.arrayContaining(['cpu', 'gpu']));
  });

  it('has conditions by which each command offers its own', () => {
    expect(script).toContain(
      "complete -c tandem -n '__fish_seen_subcommand_from config; and __fish_seen_subcommand_from check' -l json",
    );
    expect(script).toContain("-l device -x -a 'cpu gpu'");
  });
});
