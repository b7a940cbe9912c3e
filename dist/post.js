'use strict';

/**
 * What the runner starts at the end of the job. The same bundle serves both stages, and the step keeps
 * nothing for this one unless it has something to do: so this file is what tells them apart.
 */
process.argv[2] = 'post';
void Promise.resolve().then(() => require('./index.js')).then(n => n.index).then(({ start }) => start());
