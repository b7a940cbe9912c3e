import { errorAnswer } from './answers.ts';
import {
  type Fault,
  type Hook,
  Interception,
  type InterceptOptions,
  type Moment,
} from './faults.ts';
import type { ApiRequest, Match } from './requests.ts';

/** A request that a test keeps waiting. */
export interface Hold {
  /** Resolves when the request is there (at the moment that was asked for). */
  readonly reached: Promise<ApiRequest>;
  /** Lets the request go on; or lets the fault happen to it. */
  release(fault?: Fault): void;
}

/** A fault that ends an exchange. */
export type FinalFault = Exclude<Fault, { kind: 'delay' }>;

/** What tests do to requests. */
export class Interceptions {
  readonly #all: Interception[] = [];
  readonly #errors: unknown[] = [];
  readonly #stopped: AbortSignal;

  constructor(stopped: AbortSignal) {
    this.#stopped = stopped;
  }

  add(match: Match, hook: Hook, options: InterceptOptions): Interception {
    const interception = new Interception(match, hook, options);
    this.#all.push(interception);
    return interception;
  }

  hold(match: Match, options: Omit<InterceptOptions, 'times'>): Hold {
    const reached = Promise.withResolvers<ApiRequest>();
    const released = Promise.withResolvers<Fault | undefined>();
    this.#stopped.addEventListener('abort', () => released.resolve({ kind: 'silence' }));
    const hook = (request: ApiRequest) => {
      reached.resolve(request);
      return released.promise;
    };
    this.add(match, hook, options);
    return { reached: reached.promise, release: (fault) => released.resolve(fault) };
  }

  /** Lets hooks and faults have their way with a request; gives what the exchange is to end with. */
  async meet(
    when: Moment,
    request: ApiRequest,
    pause: (milliseconds: number) => Promise<void>,
  ): Promise<FinalFault | undefined> {
    for (const interception of [...this.#all]) {
      if (interception.when !== when || !interception.takes(request)) continue;
      const fault = await this.#ask(interception, request);
      if (fault === undefined) continue;
      if (fault.kind !== 'delay') return fault;
      await pause(fault.milliseconds);
      if (this.#stopped.aborted) return { kind: 'silence' };
    }
    return undefined;
  }

  /** An error to throw at the end. */
  report(error: unknown): void {
    this.#errors.push(error);
  }

  /** Throws what hooks threw, so that an assertion in a hook can't get lost. */
  throwErrors(): void {
    const [error, ...more] = this.#errors.splice(0);
    if (more.length > 0) throw new AggregateError([error, ...more], 'Several hooks failed');
    if (error !== undefined) throw error;
  }

  async #ask(interception: Interception, request: ApiRequest): Promise<Fault | undefined> {
    try {
      return (await interception.hook(request)) ?? undefined;
    } catch (error) {
      this.#errors.push(error);
      return { kind: 'answer', answer: errorAnswer(500, 'A hook of the test failed') };
    }
  }
}
