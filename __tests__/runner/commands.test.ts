import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { commandLine } from '../../src/runner/commands.ts';
import { parseCommand } from '../support/runner/commands.ts';

// What is given to the runner as a command arrives as it was, whatever it holds.

const known = new Set(['add-mask', 'warning']);
const text = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.stringMatching(/^[\r\n%:,;=[\] A0D25]*$/),
  fc.constantFrom('%0A', '%25', '::error::x', '##[error]x', 'a, title=b::c'),
);

describe('a command for the runner', () => {
  it('is one line, of which the runner reads what was given', () => {
    fc.assert(
      fc.property(text, (given) => {
        const line = commandLine('add-mask', given);
        assert.doesNotMatch(line, /[\r\n]/);
        assert.equal(parseCommand(line, known)?.data, given);
      }),
    );
  });

  it('has a title that cannot end early', () => {
    fc.assert(
      fc.property(text, text, (given, title) => {
        const command = parseCommand(commandLine('warning', given, title), known);
        assert.equal(command?.data, given);
        // Blanks around it do not count, and one without a value is none.
        assert.equal((command?.properties.get('title') ?? '').trim(), title.trim());
      }),
    );
  });

  it('is spelt as the documentation has it', () => {
    assert.equal(commandLine('add-mask', 's3cret'), '::add-mask::s3cret');
    assert.equal(
      commandLine('warning', '100 %\nor\r\nso', 'Salesforce: a, b'),
      '::warning title=Salesforce%3A a%2C b::100 %25%0Aor%0D%0Aso',
    );
  });
});
