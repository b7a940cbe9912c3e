/** What the runner does on reading a line; see "Workflow commands for GitHub Actions" in its documentation. */
export type CommandName = 'add-mask' | 'debug' | 'notice' | 'warning' | 'error';

/**
 * A command for the runner: a line `::name title=…::text`.
 *
 * @param text of any number of lines
 * @param title of an annotation, stands above its text
 */
export function commandLine(name: CommandName, text: string, title?: string): string {
  // What the runner takes back (actions/runner, ActionCommand.cs): else it would end the line, or the title.
  const property =
    title === undefined
      ? ''
      : ` title=${escaped(title).replaceAll(':', '%3A').replaceAll(',', '%2C')}`;
  return `::${name}${property}::${escaped(text)}`;
}

function escaped(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}
