import { activate, activationGradient } from '../layers/activation.js';
import { BatchNormalisation } from '../layers/batch-normalisation.js';
import { Convolution } from '../layers/convolution.js';
import { Dense } from '../layers/dense.js';
import { Dropout } from '../layers/dropout.js';
import { Flatten } from '../layers/flatten.js';
import { LocalResponseNormalisation } from '../layers/local-response-normalisation.js';
import { MaxPool } from '../layers/max-pool.js';
import { forEachSegment } from '../layers/segments.js';
import { Network } from '../network.js';
import { constant, LayerStack } from '../networks/layer-stack.js';

/** All that a network of one's own is built from; docs/your-own-network.md explains it. */
export const toolkit = {
  LayerStack,
  Network,
  Convolution,
  Dense,
  MaxPool,
  Dropout,
  Flatten,
  LocalResponseNormalisation,
  BatchNormalisation,
  constant,
  activate,
  activationGradient,
  forEachSegment,
} as const;
