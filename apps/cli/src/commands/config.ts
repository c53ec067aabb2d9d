import { ConfigurationError } from '@tandem/core';
import { configValues, inspectConfig, openKeys, readConfigFile } from '@tandem/core/config';
import { Command } from 'commander';
import { collect } from '../arguments.js';
import { configFaultsText } from '../config/config-faults-text.js';
import { configValuesText } from '../config/config-values-text.js';

interface ConfigFlags {
  readonly set?: readonly string[];
  readonly json?: true;
}

/** `tandem config`: what a configuration file says, without running it. */
export function configCommand(): Command {
  return new Command('config')
    .description('check a configuration, or show it with its defaults')
    .addCommand(checkCommand())
    .addCommand(showCommand());
}

function checkCommand(): Command {
  return addConfigFlags(new Command('check'))
    .description('name every fault of a configuration, with its line and column')
    .option('--json', 'one JSON object: { ok, faults }')
    .addHelpText(
      'after',
      '\nEnds with 0 where a run would take it, with 2 where it would not. Data is not looked at: it may be on other machines.' +
        '\n\nExample:\n  tandem config check examples/elpv-demo.yaml --set training.globalBatch=96',
    )
    .action((file: string, { set = [], json }: ConfigFlags) => {
      const { faults } = inspectConfig(readConfigFile(file), { file, overrides: set });
      if (faults.length > 0) process.exitCode = new ConfigurationError(faults[0]!).exitCode;
      if (json) process.stdout.write(`${JSON.stringify({ ok: faults.length === 0, faults })}\n`);
      else if (faults.length === 0) process.stdout.write(`${file} is a configuration that can be run.\n`);
      else process.stderr.write(configFaultsText(faults));
    });
}

function showCommand(): Command {
  return addConfigFlags(new Command('show'))
    .description('show every value that a run would have, and where it comes from')
    .option('--json', 'one JSON object a value: { key, value, origin }')
    .addHelpText(
      'after',
      '\nWhat is shown is a configuration itself.' +
        '\n\nExamples:\n  tandem config show examples/elpv-demo.yaml' +
        '\n  tandem config show examples/elpv-demo.yaml --set optimizer.learningRate=0.02 | grep -v default',
    )
    .action((file: string, { set = [], json }: ConfigFlags) => {
      const { config, faults, source } = inspectConfig(readConfigFile(file), { file, overrides: set });
      if (config === undefined) {
        process.exitCode = new ConfigurationError(faults[0]!).exitCode;
        process.stderr.write(configFaultsText(faults));
        return;
      }
      const values = configValues(config, source);
      if (json)
        for (const { path, value, origin } of values)
          process.stdout.write(`${JSON.stringify({ key: path.join('.'), value, origin })}\n`);
      else process.stdout.write(configValuesText(values, openKeys(config)));
    });
}

function addConfigFlags(command: Command): Command {
  return command
    .argument('<file>', 'the configuration, YAML')
    .option('--set <key.path=value>', 'override a setting; may be given several times', collect);
}
