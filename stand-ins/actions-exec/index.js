/** Only `core.platform.getDetails()` calls it. */
export function getExecOutput() {
  throw new Error(
    '@actions/exec is not part of this bundle: see stand-ins/actions-exec/package.json',
  );
}
