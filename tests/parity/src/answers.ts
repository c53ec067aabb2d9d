/** What a framework says about a variant. Arrays are float32, in Tandem's layouts: HWIO and [in, out]. */
export interface Answers {
  /** [rows, classes] of the first batch at the first weights, as in evaluation. */
  readonly logits: Float32Array;
  /** Of the first batch's mean loss, by parameter. */
  readonly gradients: ReadonlyMap<string, Float32Array>;
  /** Of each step, before its update. */
  readonly losses: Float32Array;
  /** What the network keeps beside weights, such as moving averages, after the last step. */
  readonly state: ReadonlyMap<string, Float32Array>;
}
