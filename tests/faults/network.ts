import { execFileSync } from 'node:child_process';

/** Where the processes of a cell run, and how they find each other. */
export interface Network {
  /** Of the coordinator. */
  readonly address: string;
  /** What its processes are started with. */
  readonly flags: readonly string[];
  /** What a process is started through. */
  through(name: string): readonly string[];
  /** The process hears and reaches nobody. */
  cut(name: string): void;
  /** It hears everybody, and nobody hears it. */
  cutOut(name: string): void;
  restore(name: string): void;
  close(): void;
}

/** All at 127.0.0.1: nothing can be cut. */
export function loopback(port: number): Network {
  const refuse = () => {
    throw new Error('the loopback cannot be cut');
  };
  return {
    address: `127.0.0.1:${port}`,
    flags: [],
    through: () => [],
    ...{ cut: refuse, cutOut: refuse, restore: refuse },
    close: () => undefined,
  };
}

const PORT = 7000;
/** Nobody's hardware address: a switch sends frames for it to all, and all drop them. */
const NOBODY = '02:00:00:00:00:ff';

/**
 * A network namespace for each process, all wired to a switch in one more: machines on a network, as far as a process can
 * see. A cable is pulled by taking the switch's end of it down. One direction is cut by frames addressed to nobody: they leave,
 * and do not arrive, without an error. Needs root and Debian's iproute2, and nothing of the machine's own network changes.
 */
export class NamespaceNetwork implements Network {
  /** Its addresses are not this machine's loopback, but nobody else is on it. */
  readonly flags = ['--insecure'];
  static readonly #open = new Set<NamespaceNetwork>();
  readonly address: string;
  readonly #prefix: string;
  readonly #names: readonly string[];

  /** `id` tells it from others that are there at the same time. */
  constructor(names: readonly string[], id: string) {
    this.#prefix = `tandem-${id}`;
    this.#names = names;
    this.address = `${this.#host('coordinator')}:${PORT}`;
    NamespaceNetwork.#open.add(this);
    try {
      this.#build();
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /** Why it cannot be had here; undefined: it can. */
  static unavailable(): string | undefined {
    try {
      new NamespaceNetwork(['coordinator'], `probe-${process.pid}`).close();
      return undefined;
    } catch (error) {
      return (error as Error).message.split('\n')[0]!;
    }
  }

  through(name: string): readonly string[] {
    return ['ip', 'netns', 'exec', this.#namespace(name)];
  }

  cut(name: string): void {
    ip('-n', this.#switch, 'link', 'set', this.#cable(name), 'down');
  }

  cutOut(name: string): void {
    for (const other of this.#names.filter((each) => each !== name))
      ip('-n', this.#namespace(name), ...neighbour('replace', this.#host(other)), 'lladdr', NOBODY, 'nud', 'permanent');
  }

  restore(name: string): void {
    ip('-n', this.#switch, 'link', 'set', this.#cable(name), 'up');
    for (const other of this.#names.filter((each) => each !== name))
      ip(
        '-n',
        this.#namespace(name),
        ...neighbour('replace', this.#host(other)),
        'lladdr',
        this.#hardware(other),
        'nud',
        'permanent',
      );
  }

  /** For a process that is interrupted: namespaces would outlive it. */
  static closeAll(): void {
    for (const network of [...NamespaceNetwork.#open]) network.close();
  }

  /** Its cables go with the namespaces. */
  close(): void {
    NamespaceNetwork.#open.delete(this);
    for (const namespace of [...this.#names.map((name) => this.#namespace(name)), this.#switch])
      try {
        ip('netns', 'del', namespace);
      } catch {
        // It was not made.
      }
  }

  get #switch(): string {
    return `${this.#prefix}-switch`;
  }

  #namespace(name: string): string {
    return `${this.#prefix}-${name}`;
  }

  #cable(name: string): string {
    return `port${this.#names.indexOf(name)}`;
  }

  #host(name: string): string {
    return `10.77.0.${this.#names.indexOf(name) + 1}`;
  }

  #hardware(name: string): string {
    return `02:00:00:00:00:0${this.#names.indexOf(name) + 1}`;
  }

  #build(): void {
    ip('netns', 'add', this.#switch);
    ip('-n', this.#switch, 'link', 'add', 'switch', 'type', 'bridge');
    ip('-n', this.#switch, 'link', 'set', 'switch', 'up');
    for (const name of this.#names) {
      const [namespace, cable] = [this.#namespace(name), this.#cable(name)];
      ip('netns', 'add', namespace);
      const peer = ['peer', 'name', 'eth0', 'address', this.#hardware(name), 'netns', namespace];
      ip('-n', this.#switch, 'link', 'add', cable, 'type', 'veth', ...peer);
      ip('-n', this.#switch, 'link', 'set', cable, 'master', 'switch', 'up');
      ip('-n', namespace, 'address', 'add', `${this.#host(name)}/24`, 'dev', 'eth0');
      for (const device of ['lo', 'eth0']) ip('-n', namespace, 'link', 'set', device, 'up');
    }
    // Hardware addresses are fixed, so that nobody asks for one over a cable that is cut.
    for (const name of this.#names) this.restore(name);
  }
}

function neighbour(verb: string, host: string): string[] {
  return ['neighbour', verb, host, 'dev', 'eth0'];
}

function ip(...args: readonly string[]): void {
  execFileSync('ip', args, { stdio: ['ignore', 'ignore', 'pipe'] });
}
