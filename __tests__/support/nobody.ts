/**
 * Where nobody listens, and where nobody ever will: the port of a server that was closed is soon another
 * test's. Port 9 (discard) is none that a system gives away.
 */
export const nobody = 'http://127.0.0.1:9';
