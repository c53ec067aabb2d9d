import { MAX_EVALUATIONS, MAX_LOG_ROWS, MAX_MARKS, MAX_STEPS } from '../shared/limits.js';
import type { HistoryMessage, LogRow, Mark } from '../shared/protocol.js';
import { thinned } from '../shared/thinned.js';

type Column = (number | null)[];

/** What the page knows of the run: the coordinator's history, bounded as it is there. */
export class RunData {
  steps = { step: [] as number[], loss: [] as Column, imagesPerSecond: [] as Column, learningRate: [] as Column };
  evaluations = { step: [] as number[], top1: [] as Column, top5: [] as Column, loss: [] as Column };
  marks: Mark[] = [];
  log: LogRow[] = [];

  replace(all: HistoryMessage): void {
    this.steps = { step: [], loss: [], imagesPerSecond: [], learningRate: [] };
    this.evaluations = { step: [], top1: [], top5: [], loss: [] };
    this.marks = [];
    this.log = [];
    this.add(all);
  }

  add({ steps, evaluations, marks, log }: HistoryMessage): void {
    for (const [at, step] of steps.step.entries()) {
      this.steps.step.push(step);
      this.steps.loss.push(steps.loss[at]!);
      this.steps.imagesPerSecond.push(steps.imagesPerSecond[at]!);
      this.steps.learningRate.push(steps.learningRate[at]!);
    }
    if (this.steps.step.length > MAX_STEPS) this.#thin();
    for (const [at, step] of evaluations.step.entries()) {
      this.evaluations.step.push(step);
      this.evaluations.top1.push(evaluations.top1[at]!);
      this.evaluations.top5.push(evaluations.top5[at]!);
      this.evaluations.loss.push(evaluations.loss[at]!);
    }
    for (const column of Object.values(this.evaluations)) column.splice(0, column.length - MAX_EVALUATIONS);
    this.marks = [...this.marks, ...marks].slice(-MAX_MARKS);
    this.log = [...this.log, ...log].slice(-MAX_LOG_ROWS);
  }

  #thin(): void {
    const { step, loss, imagesPerSecond, learningRate } = this.steps;
    const half = step.length >>> 1;
    const kept = thinned(loss.slice(0, half));
    for (let at = half; at < step.length; at++) kept.push(at);
    this.steps = {
      step: kept.map((at) => step[at]!),
      loss: kept.map((at) => loss[at]!),
      imagesPerSecond: kept.map((at) => imagesPerSecond[at]!),
      learningRate: kept.map((at) => learningRate[at]!),
    };
  }
}
