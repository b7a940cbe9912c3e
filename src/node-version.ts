/**
 * Whether this action runs on a version of Node: on 20.19, 22.3 and whatever is newer, which have `URL.parse`
 * and `process.getBuiltinModule`.
 *
 * @param version as in `process.versions.node`: `20.19.0`
 */
export function isSupported(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major > 22 || (major === 22 && minor >= 3) || (major === 20 && minor >= 19);
}
