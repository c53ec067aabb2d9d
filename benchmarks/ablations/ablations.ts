export interface Ablation {
  readonly name: string;
  readonly title: string;
  /** Files of examples/ablations, without ending; the others are compared with the first. */
  readonly arms: readonly Arm[];
  /** Training loss whose first epoch is told; the curves' common mark. */
  readonly targetLoss: number;
}

export interface Arm {
  readonly file: string;
  readonly label: string;
}

const paper = (label: string): Arm => ({ file: 'paper', label });

/** What the article and the paper claim, in the order of docs/ablations.md. */
export const ablations: readonly Ablation[] = [
  {
    name: 'activation',
    title: 'ReLU against tanh',
    targetLoss: 0.6,
    arms: [
      { file: 'relu', label: 'ReLU' },
      { file: 'tanh', label: 'tanh' },
    ],
  },
  {
    name: 'pooling',
    title: 'Overlapping pooling',
    targetLoss: 0.8,
    arms: [paper('3×3, stride 2'), { file: 'plain-pooling', label: '2×2, stride 2' }],
  },
  {
    name: 'dropout',
    title: 'Dropout',
    targetLoss: 0.8,
    arms: [paper('dropout'), { file: 'no-dropout', label: 'none' }],
  },
  {
    name: 'augmentation',
    title: 'Augmentation',
    targetLoss: 0.8,
    arms: [paper('crops and mirroring'), { file: 'no-augmentation', label: 'none' }],
  },
  {
    name: 'towers',
    title: 'Two towers against one',
    targetLoss: 0.8,
    arms: [
      paper('two towers'),
      { file: 'half-tower', label: 'one of them alone' },
      { file: 'one-tower', label: 'one with all kernels' },
    ],
  },
];
