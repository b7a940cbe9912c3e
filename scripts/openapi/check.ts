import type { Exchange } from '../../__tests__/support/github/server.ts';
import {
  type Description,
  isObject,
  type Json,
  type Operation,
  type Schema,
} from './description.ts';

/** What came out of checking one exchange. */
export interface Finding {
  /** `PUT /repos/{owner}/{repo}/contents/{path}`; without a description the path as it was sent. */
  readonly operation: string;
  /** What doesn't fit GitHub's description. */
  readonly problems: readonly string[];
  /** A status that GitHub sends everywhere and describes only here and there. */
  readonly undescribed: number | undefined;
}

/**
 * Statuses that can come from anywhere: what is wrong has nothing to do with the operation (a token,
 * a limit, a repository that isn't to be seen, an outage), and the description often leaves it out.
 */
const GENERAL = [401, 403, 404, 429, 500, 502, 503, 504];

/** Checks a request and its answer against GitHub's description: path, method, parameters, bodies, status. */
export function checkExchange(exchange: Exchange, description: Description): Finding {
  const { method, url } = exchange;
  const [path = '', query = ''] = url.split('?', 2);
  const found = description.find(method, path);
  if (found === undefined) {
    const problems = [`GitHub describes no ${method} ${path}`];
    return { operation: `${method} ${path}`, problems, undescribed: undefined };
  }
  const { operation, values } = found;
  const answer = checkAnswer(exchange, operation, description);
  const problems = [
    ...checkParameters(operation, 'path', values),
    ...checkParameters(operation, 'query', Object.fromEntries(new URLSearchParams(query))),
    ...checkRequest(exchange, operation),
    ...answer.problems,
  ];
  return { operation: `${method} ${operation.path}`, problems, undescribed: answer.undescribed };
}

function checkParameters(operation: Operation, place: 'path' | 'query', given: Json): string[] {
  const described = operation.parameters.filter((parameter) => parameter.in === place);
  const missing = described
    .filter(({ name, required }) => required && given[name] === undefined)
    .map(({ name }) => `${place}: ${name} is missing`);
  const wrong = Object.entries(given).flatMap(([name, value]) => {
    const parameter = described.find((it) => it.name === name);
    if (parameter === undefined) return [`${place}: there is no ${name}`];
    const read = parameter.schema.type === 'integer' ? Number(value) : value;
    return parameter.schema.validate(read).map((problem) => `${place}: ${name}: ${problem}`);
  });
  return [...missing, ...wrong];
}

function checkRequest({ requestBody: body }: Exchange, operation: Operation): string[] {
  const { requestBody: schema, requestBodyRequired } = operation;
  if (body === undefined) return requestBodyRequired ? ['request: there is no body'] : [];
  if (schema === undefined) return ['request: a body where none belongs'];
  return checkBody('request', body, schema);
}

function checkAnswer(
  { status, responseBody: body, responseHeaders }: Exchange,
  { responses }: Operation,
  { basicError }: Description,
): { problems: string[]; undescribed: number | undefined } {
  const response = responses.get(status);
  const type = (responseHeaders['content-type'] ?? '').split(';', 1)[0] ?? '';
  if (response === undefined) {
    if (!GENERAL.includes(status)) {
      return { problems: [`answer: status ${status} isn't described`], undescribed: undefined };
    }
    const json = type === 'application/json';
    return { problems: json ? checkBody('answer', body, basicError) : [], undescribed: status };
  }
  if (response.content.size === 0) {
    // Errors have a body, also where only their status is described.
    if (status >= 400)
      return { problems: checkBody('answer', body, basicError), undescribed: undefined };
    const problems = body === undefined ? [] : [`answer: ${status} has no body`];
    return { problems, undescribed: undefined };
  }
  const schema = response.content.get(type);
  if (schema === undefined) {
    const types = [...response.content.keys()].join(', ');
    return { problems: [`answer: is ${type}, and not ${types}`], undescribed: undefined };
  }
  return { problems: checkBody('answer', body, schema), undescribed: undefined };
}

/** Beyond the schema: GitHub's schemas allow members that they don't name, which are slips here. */
function checkBody(place: string, body: unknown, schema: Schema): string[] {
  const problems = schema.validate(body).map((problem) => `${place}: ${problem}`);
  const { members } = schema;
  if (members === undefined || !isObject(body)) return problems;
  const unknown = Object.keys(body).filter((name) => !members.has(name));
  // Every error carries its status, whether its schema names it or not.
  const slips = unknown.filter((name) => !(name === 'status' && 'documentation_url' in body));
  return [...problems, ...slips.map((name) => `${place}: there is no ${name}`)];
}
