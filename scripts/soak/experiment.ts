import type { Random } from './random.ts';

/** Something that is done over and over, with chance in it. */
export interface Experiment {
  /** As it is called on the command line. */
  readonly name: string;
  /** What is done, in a few words. */
  readonly what: string;
  /** How often, in the short form and by hand. */
  readonly times: { readonly short: number; readonly long: number };
  /**
   * Does it.
   * @returns what came of it, in a line
   * @throws where something came of it that must not
   */
  run(times: number, random: Random): Promise<string>;
}
