import { randomUUID } from 'node:crypto';
import { promises as fs } from 'node:fs';
import { dirname } from 'node:path';
import { ConfigurationError } from '@tandem/core';

/** A file that is there whole or not at all, its folders with it. Throws a ConfigurationError (`TANDEM_OUT_NOT_WRITABLE`). */
export async function writeWhole(file: string, bytes: Uint8Array): Promise<void> {
  const partial = `${file}.${randomUUID()}.partial`;
  try {
    await fs.mkdir(dirname(file), { recursive: true });
    await fs.writeFile(partial, bytes);
    await fs.rename(partial, file);
  } catch (cause) {
    await fs.rm(partial, { force: true }).catch(() => undefined);
    throw new ConfigurationError({
      code: 'TANDEM_OUT_NOT_WRITABLE',
      what: 'the file cannot be written',
      where: file,
      cause,
    });
  }
}
