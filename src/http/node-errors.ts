import { describe, errorCode } from '../errors/action-error.ts';

/** Certificate refusals carry OpenSSL's verify codes, handshake failures `EPROTO` or `ERR_SSL_…`. */
export function isTlsError(error: Error): boolean {
  return /^(ERR_TLS_|ERR_SSL_|EPROTO|CERT_|CRL_|ERROR_IN_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|HOSTNAME_MISMATCH|INVALID_(CA|PURPOSE)|PATH_LENGTH_)/.test(
    errorCode(error) ?? '',
  );
}

/** What Node's messages about certificates end with. */
function withoutAdvice(message: string): string {
  return message.replace(/; if the root CA is installed locally, .*--use-system-ca/, '');
}

/**
 * Node's message; the tunnel to a proxy calls all its failures `ECONNRESET`, which misleads. Without
 * Node's advice on certificates: a step cannot choose how Node is started.
 */
export function plainMessage(error: Error): string {
  const tunnel = tunnelFailure(error);
  return tunnel === undefined
    ? withoutAdvice(describe(error))
    : `no connection through the proxy: ${tunnel.status ?? tunnel.words}`;
}

/**
 * Why there is no tunnel through a proxy: the status that it answered with, or why it could not be reached.
 * @returns undefined for any other error
 */
export function tunnelFailure(
  error: unknown,
): { readonly status: string | undefined; readonly words: string } | undefined {
  const [, kind, words = ''] =
    (error instanceof Error &&
      /^tunneling socket could not be established, (statusCode|cause)=(.*)$/s.exec(
        error.message,
      )) ||
    [];
  return kind === undefined
    ? undefined
    : { status: kind === 'statusCode' ? words : undefined, words: withoutAdvice(words) };
}
