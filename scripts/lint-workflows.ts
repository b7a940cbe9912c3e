/**
 * Lints the workflows of the project, the examples and action.yml, with actionlint and zizmor, and every
 * snippet of a workflow in a document with actionlint; nothing may be reported. Usage: npm run lint:workflows
 *
 * Needs Go and Python: actionlint is built from its Go module, zizmor is a Python package.
 */
import { spawnSync } from 'node:child_process';
import {
  cpSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { asWorkflow, snippetsOf } from './docs/snippets.ts';
import { fail, goProgram, pythonProgram } from './tools.ts';

const root = join(import.meta.dirname, '..');
const workflows = globSync(['.github/workflows/*.{yml,yaml}', 'examples/*.{yml,yaml}'], {
  cwd: root,
});
const snippets = globSync(['*.md', 'docs/*.md'], { cwd: root }).flatMap((file) =>
  snippetsOf(file, readFileSync(join(root, file), 'utf8')),
);
if (workflows.length === 0 || snippets.length === 0) {
  fail('There is no workflow to lint.');
}

const actionlint = goProgram('github.com/rhysd/actionlint/cmd/actionlint', 'v1.7.12');
const zizmor = pythonProgram('zizmor', '1.32.0');

const results = [runActionlint(), runZizmor()];
if (results.includes(false)) {
  process.exit(1);
}
console.log(
  `actionlint and zizmor report nothing in ${workflows.length} workflows and action.yml, nor actionlint in ${snippets.length} snippets`,
);

/**
 * In a copy of what it looks at: it compares `with:` and outputs with action.yml for `uses: ./` alone,
 * so the examples use the action as that there.
 */
function runActionlint(): boolean {
  const copy = mkdtempSync(join(tmpdir(), 'lint-'));
  try {
    const texts = new Map(workflows.map((file) => [file, readFileSync(join(root, file), 'utf8')]));
    for (const snippet of snippets) {
      texts.set(`snippets/${snippet.name.replace(/\W+/g, '-')}.yml`, asWorkflow(snippet));
    }
    for (const [file, text] of texts) {
      mkdirSync(dirname(join(copy, file)), { recursive: true });
      writeFileSync(join(copy, file), text.replace(/OWNER\/refresh-salesforce-token@\S+/g, './'));
    }
    for (const file of ['action.yml', 'dist']) {
      cpSync(join(root, file), join(copy, file), { recursive: true });
    }
    // What makes it a repository for actionlint.
    mkdirSync(join(copy, '.git'));
    return run(actionlint, ['-shellcheck=', '-pyflakes=', ...texts.keys()], copy);
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
}

function runZizmor(): boolean {
  const config = ['--config', '.github/zizmor.yml', '--persona', 'pedantic'];
  const options = ['--offline', '--no-progress', '--quiet', '--strict-collection', ...config];
  const files = [...workflows, 'action.yml', '.github/dependabot.yml'];
  return run(zizmor, [...options, ...files], root);
}

function run(program: string, args: readonly string[], cwd: string): boolean {
  const { status, error } = spawnSync(program, args, {
    cwd,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  if (error !== undefined) {
    fail(`${program}: ${error.message}`);
  }
  return status === 0;
}
