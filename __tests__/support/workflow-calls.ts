/**
 * A program for `runAction`: says and masks what the variable CALLS lists, as the action does.
 * `fail` stands for an error with that text in every part of it.
 */
import { ActionError } from '../../src/errors/action-error.ts';
import { runnerWorkflow } from '../../src/runner/outputs.ts';

const workflow = runnerWorkflow();
const calls: unknown = JSON.parse(process.env['CALLS'] ?? '[]');
for (const [name, text] of Object.values(Object(calls)).map((call) =>
  Object.values(Object(call)),
)) {
  const value = String(text);
  switch (name) {
    case 'mask':
      workflow.mask(value);
      break;
    case 'info':
      workflow.info(value);
      break;
    case 'notice':
      workflow.notice(value);
      break;
    case 'warning':
      workflow.warning(value);
      break;
    case 'summarize':
      workflow.summarize(value);
      break;
    case 'clean':
      workflow.info(`cleaned: ${workflow.clean(value)}`);
      break;
    case 'fail':
      workflow.fail(ActionError.own('internal_error', value, { why: value, fix: value }), value);
      break;
    default:
      throw new Error(`No such call: ${name}`);
  }
}
