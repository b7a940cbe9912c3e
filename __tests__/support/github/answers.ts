/** What the server says to a request, before it is put on the wire. */
export interface Answer {
  readonly status: number;
  /** Sent as JSON; text is sent as it is; left out: no body. */
  readonly body?: unknown;
  /** Added to the usual ones, or in their place. Lower case. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** Thrown by an endpoint to answer with an error. */
export class Refusal extends Error {
  readonly status: number;
  /** Where GitHub says more, if it isn't the endpoint's own page. */
  readonly documentation: string | undefined;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    status: number,
    message: string,
    documentation?: string,
    headers: Readonly<Record<string, string>> = {},
  ) {
    super(message);
    this.status = status;
    this.documentation = documentation;
    this.headers = headers;
  }
}

/** GitHub's error shape: `{message, documentation_url, status}`, the status as text. */
export function errorAnswer(
  status: number,
  message: string,
  documentation = 'https://docs.github.com/rest',
): Answer {
  return {
    status,
    body: { message, documentation_url: documentation, status: String(status) },
  };
}

/** The body as it goes over the wire. */
export function bodyText(answer: Answer): string {
  if (answer.body === undefined) return '';
  return typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body);
}
