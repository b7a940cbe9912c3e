/** A complete answer, before anything spoils it. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** An answer with a JSON body. */
export function json(status: number, value: unknown, headers: Answer['headers'] = {}): Answer {
  const body = JSON.stringify(value);
  return {
    status,
    headers: { 'content-type': 'application/json;charset=UTF-8', ...headers },
    body,
  };
}

/** An answer in plain text. */
export function plain(status: number, body: string): Answer {
  return { status, headers: { 'content-type': 'text/plain;charset=UTF-8' }, body };
}

/** A web page. */
export function page(status: number, title: string, text: string): Answer {
  return {
    status,
    headers: { 'content-type': 'text/html;charset=UTF-8' },
    body: `<!DOCTYPE html>\n<html><head><title>${title}</title></head>\n<body><h1>${title}</h1><p>${text}</p></body></html>\n`,
  };
}

/** A refusal by one of the OAuth endpoints. */
export function oauthError(error: string, description: string, status = 400): Answer {
  return json(status, { error, error_description: description });
}

/** A refusal by the REST API: a list of one. */
export function restError(status: number, errorCode: string, message: string): Answer {
  return json(status, [{ message, errorCode }]);
}
