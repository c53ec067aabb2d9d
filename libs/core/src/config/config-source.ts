import { isMap, LineCounter, parseDocument } from 'yaml';
import { ConfigurationError, describeError, type ErrorDetails } from '../errors.js';
import { YamlPlaces } from './yaml-places.js';

/** A `--set key.path=value`. */
interface Setting {
  readonly path: readonly string[];
  readonly text: string;
}

/** Where a value of a configuration comes from. */
export type ConfigOrigin =
  | { readonly from: 'file'; readonly line: number | undefined }
  | { readonly from: 'set'; readonly setting: string }
  | { readonly from: 'default' };

/** A configuration as it was written: a YAML file, and the settings over it. */
export class ConfigSource {
  readonly #file: string;
  readonly #places: YamlPlaces;
  readonly #settings: readonly Setting[];
  /** What is to be checked: the file's values with the settings applied, in order. */
  readonly raw: unknown;
  /** What keeps the file from being read as YAML at all. */
  readonly syntaxFaults: readonly ErrorDetails[];

  /** Throws a ConfigurationError (`TANDEM_CONFIG_OVERRIDE`). */
  constructor(text: string, file: string, overrides: readonly string[] = []) {
    const lines = new LineCounter();
    const document = parseDocument(text, { lineCounter: lines });
    this.#file = file;
    this.#places = new YamlPlaces(document, lines);
    this.#settings = overrides.map(readSetting);
    const isMapping = document.contents === null || isMap(document.contents);
    this.syntaxFaults =
      document.errors.length === 0 && !isMapping
        ? [syntaxFault(file, 'the file is not a mapping of keys')]
        : document.errors.map((error) => {
            const [at] = error.linePos ?? [];
            const where = at === undefined ? file : `${file}:${at.line}:${at.col}`;
            // The library's text ends with the place, and shows the line below it.
            return syntaxFault(where, describeError(error).replace(/ at line \d+, column \d+:?[^]*$/, ''));
          });
    if (this.syntaxFaults.length > 0) {
      this.raw = undefined;
      return;
    }
    const raw = (document.toJS() ?? {}) as Record<string, unknown>;
    for (const setting of this.#settings) apply(raw, setting);
    this.raw = raw;
  }

  /** Where a person finds it, or its nearest surroundings: `run.yaml:3:13`, or the `--set` that it comes from. */
  describePlace(path: readonly PropertyKey[], at: 'key' | 'value'): string {
    const { place, isThere } = this.#places.find(path, at);
    const setting = this.#settingOf(path) ?? (isThere ? undefined : this.#settingBelow(path));
    if (setting !== undefined) return `--set ${setting.text}`;
    return place === undefined ? this.#file : `${this.#file}:${place.line}:${place.column}`;
  }

  originOf(path: readonly string[]): ConfigOrigin {
    if (!has(this.raw, path)) return { from: 'default' };
    const setting = this.#settingOf(path);
    if (setting !== undefined) return { from: 'set', setting: setting.text };
    return { from: 'file', line: this.#places.find(path, 'key').place?.line };
  }

  /** The last one that says something of this path. */
  #settingOf(path: readonly PropertyKey[]): Setting | undefined {
    return this.#settings.findLast((setting) => setting.path.every((key, depth) => key === String(path[depth])));
  }

  /** The last one that made this path, to set something on it. */
  #settingBelow(path: readonly PropertyKey[]): Setting | undefined {
    return this.#settings.findLast((setting) => path.every((key, depth) => setting.path[depth] === String(key)));
  }
}

function syntaxFault(where: string, what: string): ErrorDetails {
  return {
    code: 'TANDEM_CONFIG_SYNTAX',
    what,
    where,
    expected: 'YAML such as `training: { globalBatch: 64 }`',
  };
}

function readSetting(text: string): Setting {
  const equals = text.indexOf('=');
  if (equals < 1)
    throw new ConfigurationError({
      code: 'TANDEM_CONFIG_OVERRIDE',
      what: `"${text}" is not a setting`,
      where: '--set',
      expected: 'key.path=value, such as optimizer.learningRate=0.02',
    });
  return { path: text.slice(0, equals).split('.'), text };
}

function apply(raw: Record<string, unknown>, { path, text }: Setting): void {
  let target = raw;
  for (const key of path.slice(0, -1)) {
    if (typeof target[key] !== 'object' || target[key] === null) target[key] = {};
    target = target[key] as Record<string, unknown>;
  }
  target[path.at(-1)!] = parseDocument(text.slice(text.indexOf('=') + 1)).toJS();
}

function has(raw: unknown, path: readonly string[]): boolean {
  let value = raw;
  for (const key of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return false;
    value = (value as Record<string, unknown>)[key];
  }
  return value !== undefined;
}
