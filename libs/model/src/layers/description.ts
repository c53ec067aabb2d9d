import type { ConvolutionGeometry, LrnOptions, PoolGeometry } from '../operations/operations.js';
import type { ActivationName } from './activation.js';

/**
 * What a layer computes outside training, as data: with its parameters and shapes, all that it takes to write the layer
 * down in another framework's format.
 */
export type LayerDescription =
  | {
      readonly kind: 'convolution';
      readonly geometry: ConvolutionGeometry;
      readonly groups: number;
      readonly activation: ActivationName;
    }
  | { readonly kind: 'dense'; readonly activation: ActivationName }
  | { readonly kind: 'max-pool'; readonly geometry: PoolGeometry }
  | { readonly kind: 'local-response-normalisation'; readonly options: LrnOptions }
  | { readonly kind: 'batch-normalisation'; readonly epsilon: number }
  | { readonly kind: 'flatten' }
  /** Leaves its input as it is. */
  | { readonly kind: 'identity' }
  /** Not one of Tandem's: nothing else knows how to compute it. */
  | { readonly kind: 'own' };
