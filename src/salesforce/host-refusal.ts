/** A rule broken: the text is no such URL (`malformed`), or its host may not see a token (`untrusted`). */
export class HostRefusal extends Error {
  readonly kind: 'malformed' | 'untrusted';
  readonly fix: string | undefined;

  constructor(kind: HostRefusal['kind'], message: string, fix?: string) {
    super(message);
    this.name = 'HostRefusal';
    this.kind = kind;
    this.fix = fix;
  }
}

/** Applies a rule, and turns its refusal into what to throw instead; other errors stay as they are. */
export function orRefuse<T>(rule: () => T, refused: (refusal: HostRefusal) => Error): T {
  try {
    return rule();
  } catch (error) {
    throw error instanceof HostRefusal ? refused(error) : error;
  }
}
