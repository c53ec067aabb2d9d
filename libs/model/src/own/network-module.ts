import type { Network } from '../network.js';
import type { toolkit } from './toolkit.js';

/** What a network of one's own is made for. */
export interface NetworkRequest {
  /** `model.inputSize`: height and width of its input. */
  readonly inputSize: number;
  /** Of the images: 1 or 3. */
  readonly channels: number;
  /** Outputs that it must have. */
  readonly classes: number;
  /** `model.options` as they are, or none. */
  readonly options: Readonly<Record<string, unknown>>;
}

/**
 * The default export of a module that `model.module` names: builds the network from the layers that it is handed, and from
 * layers of its own. A pure function of what it is asked for: it is called on every worker, and by `tandem eval`.
 */
export type NetworkModule = (toolkit: Toolkit, request: NetworkRequest) => Network | Promise<Network>;

/** Handed over, so that such a package depends on nothing. */
export type Toolkit = typeof toolkit;
