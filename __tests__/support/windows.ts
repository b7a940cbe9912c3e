/** Why a test is skipped on Windows: for its option `skip`. */
export function notOnWindows(reason: string): string | false {
  return process.platform === 'win32' ? reason : false;
}
