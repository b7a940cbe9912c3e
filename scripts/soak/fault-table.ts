import { letItHappen } from '../../__tests__/support/fault-row.ts';
import { rows } from '../../__tests__/support/rotation-table.ts';
import type { Experiment } from './experiment.ts';
import { inParallel } from './token-branch-world.ts';

/** The table of docs/rotation.md: `npm test` lets a sample of it happen, this lets every row. */
export const faultTable: Experiment = {
  name: 'fault-table',
  about: 'every row of the table of faults',
  run: async () => {
    await inParallel(
      rows.map((row) => async () => {
        const closing: (() => unknown)[] = [];
        try {
          await letItHappen({ after: (close) => closing.push(close) }, row);
        } catch (error) {
          throw new Error(`${row.place}: ${row.breaks}`, { cause: error });
        } finally {
          await Promise.all(closing.map((close) => close()));
        }
      }),
      8,
    );
    return `${rows.length} rows end as the table says`;
  },
};
