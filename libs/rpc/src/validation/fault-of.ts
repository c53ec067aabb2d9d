import type { z } from 'zod';

/** "hello.name: letters, digits and …", without what was sent: that is a stranger's. Undefined: the message is as it must be. */
export function faultOf(rule: z.ZodType, message: unknown, about: string): string | undefined {
  const checked = rule.safeParse(message);
  if (checked.success) return undefined;
  const { path, message: reason } = checked.error.issues[0]!;
  return `${[about, ...path].join('.')}: ${reason}`;
}
