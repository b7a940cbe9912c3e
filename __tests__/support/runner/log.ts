import { type Command, parseCommand } from './commands.ts';
import { Masker } from './masker.ts';

/** What GitHub shows above the log and beside the code. */
export interface Annotation {
  readonly level: 'error' | 'warning' | 'notice';
  /** Masked, and no longer than 4,096 characters. */
  readonly message: string;
  /** As it was sent: the runner masks the message, but not the title. */
  readonly title?: string;
  readonly file?: string;
}

// Taken and not shown; what they do is of no interest here.
const silentCommands = ['add-matcher', 'remove-matcher', 'echo', 'endgroup'];
// Switched off for years, because any printed text could change the environment.
const disabledCommands = ['set-env', 'add-path'];
const commands = [
  ...['error', 'warning', 'notice', 'debug', 'group', 'add-mask', 'stop-commands'],
  ...['set-output', 'save-state'],
  ...silentCommands,
  ...disabledCommands,
];
const longestMessage = 4096;

/** Reads what an action prints, line by line, as the runner does, and makes the log that people see. */
export class RunnerLog {
  readonly masker = new Masker();
  /** The values of `add-mask`, as they were sent. */
  readonly masks: string[] = [];
  readonly annotations: Annotation[] = [];
  /** By the old commands `set-output` and `save-state`. */
  readonly outputs = new Map<string, string>();
  readonly state = new Map<string, string>();
  /** Whether a command failed, which fails the step whatever its exit code is. */
  failed = false;
  readonly #lines: string[] = [];
  readonly #known = new Set(commands);
  readonly #debug: boolean;
  readonly #onLine: (line: string) => void;
  #stopToken: string | undefined;

  /** `debug`: debug logging is on. `onLine` gets every line of the log at once. */
  constructor(debug: boolean, onLine: (line: string) => void = () => {}) {
    this.#debug = debug;
    this.#onLine = onLine;
  }

  /** The log so far, each line ended by a line feed. */
  get text(): string {
    return this.#lines.map((line) => `${line}\n`).join('');
  }

  /** Takes one line that the action printed, without its line break. */
  take(line: string): void {
    const command = parseCommand(line, this.#known);
    if (command === undefined || !this.#run(command, line)) {
      this.show(line);
    }
  }

  /** Adds text to the log, masked. */
  show(text: string): void {
    for (const line of this.masker.mask(text).split('\n')) {
      this.#lines.push(line);
      this.#onLine(line);
    }
  }

  /** Adds text to the log when debug logging is on. */
  debug(text: string): void {
    if (this.#debug) {
      this.show(`##[debug]${text}`);
    }
  }

  /** Adds an annotation, and its message to the log. */
  annotate(level: Annotation['level'], text: string, title?: string, file?: string): void {
    const message = this.masker.mask(text).slice(0, longestMessage);
    this.annotations.push({
      level,
      message,
      ...(title !== undefined && { title }),
      ...(file !== undefined && { file }),
    });
    this.show(`${level[0]?.toUpperCase()}${level.slice(1)}: ${message}`);
  }

  /** Fails the step, for a reason that the runner itself has. */
  fail(...messages: string[]): void {
    this.failed = true;
    for (const message of messages) {
      this.annotate('error', message);
    }
  }

  #run(command: Command, line: string): boolean {
    if (this.#stopToken !== undefined) {
      if (command.name !== this.#stopToken) {
        return false;
      }
      this.#known.delete(this.#stopToken);
      this.#stopToken = undefined;
      this.show(line);
      return true;
    }
    const { name, properties, data } = command;
    if (name === 'stop-commands') {
      this.#stop(data, line);
    } else if (name === 'add-mask') {
      this.#mask(data);
    } else if (name === 'error' || name === 'warning' || name === 'notice') {
      this.annotate(name, data, properties.get('title'), properties.get('file'));
    } else if (name === 'debug') {
      this.debug(data);
    } else if (name === 'group') {
      this.show(data);
    } else if (name === 'set-output' || name === 'save-state') {
      this.#store(name, properties.get('name'), data, line);
    } else if (disabledCommands.includes(name)) {
      this.fail(`Unable to process command '${line}' successfully.`, `\`${name}\` is disabled.`);
    }
    return true;
  }

  #stop(token: string, line: string): void {
    if (token === '' || this.#known.has(token.toLowerCase())) {
      this.fail('A stop-commands token has to be unique.');
      return;
    }
    this.#stopToken = token.toLowerCase();
    this.#known.add(this.#stopToken);
    if (token.length > 6) {
      this.masker.add(token);
    }
    this.show(line);
  }

  #mask(value: string): void {
    if (value.trim() === '') {
      this.annotate('warning', "Can't add secret mask for empty string in ##[add-mask] command.");
      return;
    }
    this.masks.push(value);
    this.masker.add(value);
    for (const part of value.split(/[\r\n]/)) {
      this.masker.add(part.trim());
    }
  }

  #store(command: 'set-output' | 'save-state', name = '', value: string, line: string): void {
    this.annotate('warning', `The \`${command}\` command is deprecated and will be disabled soon.`);
    if (name === '') {
      this.fail(`Unable to process command '${line}' successfully.`);
      return;
    }
    (command === 'set-output' ? this.outputs : this.state).set(name, value);
    this.debug(`${command} ${name} = ${value}`);
  }
}
