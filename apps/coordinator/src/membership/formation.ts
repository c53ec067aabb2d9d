import type { Standing } from '@tandem/rpc';
import { type CommonStart, commonStart } from './common-start.js';

/** `standing`: members say what they have; `begun`: they get ready; `training`: all are. */
export type FormationStage = 'standing' | 'begun' | 'training';

/** One generation from its publication to its first step, as far as its members have come. No input and output. */
export class Formation {
  readonly number: number;
  /** By rank. */
  readonly names: readonly string[];
  readonly #standings = new Map<string, Standing>();
  readonly #ready = new Map<string, string>();
  #stage: FormationStage = 'standing';

  constructor(number: number, names: readonly string[]) {
    this.number = number;
    this.names = names;
  }

  /** A generation that trains already, found by a coordinator that came back. */
  static training(number: number, names: readonly string[]): Formation {
    const formation = new Formation(number, names);
    formation.#stage = 'training';
    return formation;
  }

  get stage(): FormationStage {
    return this.#stage;
  }

  /** Those that the stage waits for. */
  get missing(): readonly string[] {
    const there = this.#stage === 'standing' ? this.#standings : this.#ready;
    return this.#stage === 'training' ? [] : this.names.filter((name) => !there.has(name));
  }

  /** Where the generation starts, once all members have said where they stand. */
  stand(name: string, standing: Standing): CommonStart | undefined {
    if (this.#stage !== 'standing') return undefined;
    this.#standings.set(name, standing);
    if (this.missing.length > 0) return undefined;
    return commonStart(this.names.map((member) => this.#standings.get(member)!));
  }

  /** The members have been told to begin. */
  begin(): void {
    this.#stage = 'begun';
  }

  /** The name of a member that has other weights than `name`, if there is one (an empty digest: not compared). Training starts with the last that is ready. */
  ready(name: string, weightsDigest: string): string | undefined {
    this.#ready.set(name, weightsDigest);
    const other = [...this.#ready].find(
      ([, digest]) => digest !== weightsDigest && digest !== '' && weightsDigest !== '',
    );
    if (other === undefined && this.#stage === 'begun' && this.missing.length === 0) this.#stage = 'training';
    return other?.[0];
  }
}
