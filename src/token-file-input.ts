import { secretTexts } from './credential/secret-texts.ts';
import { openTokenFile, type TokenFile } from './credential/token-file.ts';
import type { Workflow } from './runner/outputs.ts';
import { isTokenText } from './salesforce/token-response.ts';

/** What opens `token-file`, and masks what is secret in it. Loaded where there is one. */
export function tokenFileOpener(
  workspace: string,
  workflow: Pick<Workflow, 'mask' | 'notice'>,
): (path: string) => TokenFile {
  return (path) => {
    const file = openTokenFile(path);
    // What is no token text is not printed either.
    secretTexts(file.content).filter(isTokenText).forEach(workflow.mask);
    if (file.isInside(workspace)) {
      workflow.notice(
        '`token-file` lies in the workspace, where artifacts, caches and commits can carry it away.',
      );
    }
    return file;
  };
}
