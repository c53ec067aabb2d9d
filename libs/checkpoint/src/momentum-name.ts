/** The name of a parameter's momentum in optimizer.safetensors. */
export function momentumName(parameter: string): string {
  return `momentum/${parameter}`;
}
