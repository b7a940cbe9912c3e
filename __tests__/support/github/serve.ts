import { bearer } from './admission.ts';
import { type Answer, errorAnswer } from './answers.ts';
import { answerGraphql } from './cli.ts';
import type { LoggedRequest } from './exchange.ts';
import { withUsualHeaders } from './headers.ts';
import type { FinalFault, Interceptions } from './interceptions.ts';
import { answerRequest } from './router.ts';
import type { Addresses } from './scene.ts';
import type { Wire } from './wire.ts';
import type { World } from './world.ts';

/** Serves one request from its arrival to its end, and writes down what becomes of it. */
export async function serve(
  request: LoggedRequest,
  wire: Wire,
  world: World,
  interceptions: Interceptions,
  addresses: Addresses | undefined,
): Promise<void> {
  const { before, during, after } = world.conduct.spans(request.method);
  const pause = (milliseconds: number) => wire.pause(milliseconds);
  const complete = (answer: Answer) => {
    const token = world.tokens.find(bearer(request.headers['authorization']));
    return withUsualHeaders(answer, world.clock.now(), world.tokens.quota(token));
  };
  const fail = async (fault: FinalFault, answer: Answer) => {
    const shown = complete(fault.kind === 'answer' ? fault.answer : answer);
    Object.assign(request, await wire.fail(fault, shown));
  };
  await pause(before);
  const early = await interceptions.meet('before', request, pause);
  if (early !== undefined) return fail(early, PLACEHOLDER);
  let passed = false;
  try {
    request.processed = await process(request, world, addresses, async () => {
      passed = true;
      await pause(during);
      const fault = await interceptions.meet('during', request, pause);
      if (fault !== undefined) throw new Interrupted(fault);
    });
  } catch (error) {
    if (!(error instanceof Interrupted)) throw error;
    return fail(error.fault, PLACEHOLDER);
  }
  const late = await interceptions.meet('after', request, pause);
  await pause(passed ? after : during + after);
  if (late !== undefined) return fail(late, request.processed);
  Object.assign(request, wire.send(complete(request.processed)));
}

/** Thrown where a fault happens to a request between its looking and its doing. */
class Interrupted extends Error {
  readonly fault: FinalFault;

  constructor(fault: FinalFault) {
    super(`interrupted by ${fault.kind}`);
    this.fault = fault;
  }
}

// Stands in for the answer of a request that the server never acted on, where a fault needs one.
const PLACEHOLDER: Answer = {
  status: 200,
  body: { name: 'x.json', type: 'file', content: 'e30=' },
};

async function process(
  request: LoggedRequest,
  world: World,
  addresses: Addresses | undefined,
  pass: () => Promise<void>,
): Promise<Answer> {
  if (request.method === 'POST' && request.path === '/api/graphql') {
    const token = world.tokens.find(bearer(request.headers['authorization']));
    return answerGraphql(request.json, token !== undefined, world);
  }
  if (addresses === undefined) return errorAnswer(404, 'Not Found');
  return answerRequest(request, world, addresses, pass);
}
