import type { ActionResult } from '../../__tests__/support/runner.ts';
import { Terminal } from './terminal.ts';
import type { With } from './world.ts';

const { env, stdout } = process;

export const terminal = new Terminal(
  stdout.columns ?? 100,
  stdout.isTTY === true && env['NO_COLOR'] === undefined,
);

/** Says something between the things that are shown. */
export function say(text: string): void {
  console.log(terminal.fold(text, 0));
}

/** The headline of a scene. */
export function title(text: string): void {
  console.log(
    `\n${terminal.paint('bold', text)}\n${terminal.paint('dim', '─'.repeat(text.length))}\n`,
  );
}

/** The step as it stands in the workflow. */
export function showStep(inputs: With): void {
  const lines = Object.entries(inputs).map(([name, value]) => `        ${name}: ${value}`);
  const head = ['    - id: salesforce', '      uses: OWNER/refresh-salesforce-token@v1'];
  console.log(terminal.paint('dim', [...head, '      with:', ...lines, ''].join('\n')));
}

/** What the page of the run shows of the step: its log, and whether it is green. */
export function showLog({ log, conclusion }: ActionResult): void {
  console.log(`\n${terminal.log(log)}`);
  const green = conclusion === 'success';
  console.log(`\n    ${terminal.paint(green ? 'green' : 'red', green ? '✓ green' : '✗ red')}\n`);
}

/** The outputs as later steps have them, and the log would show them. */
export function showOutputs({ outputs, masks }: ActionResult, secrets: readonly string[]): void {
  for (const [name, value] of Object.entries(outputs)) {
    const masked = masks.includes(value) || secrets.includes(value);
    console.log(`    ${name}: ${masked ? '*** (masked)' : value}`);
  }
}

/** The summary of the run. */
export function showSummary({ summary }: ActionResult): void {
  console.log(`${terminal.summary(summary)}`);
}
