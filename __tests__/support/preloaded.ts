import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { strippedTypes } from './stripped.ts';

const preload = pathToFileURL(join(import.meta.dirname, 'preload.ts')).href;

/**
 * The environment of a step with `preload.ts` in it.
 * @param factor how much faster its clocks run: with 30, three minutes pass in six seconds
 * @param from from its start, or from a SIGUSR2
 */
export function preloaded(
  factor: number,
  from: 'start' | 'SIGUSR2',
): Readonly<Record<string, string>> {
  return {
    NODE_OPTIONS: [...strippedTypes, '--import', preload].join(' '),
    CLOCK_FACTOR: String(factor),
    CLOCK_STARTS: from,
  };
}
