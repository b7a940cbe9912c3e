/** A client of Salesforce that an example installs, at the version that stands there. */
export interface Client {
  /** `npm` for the workspace, `npm --global` for the PATH, a plugin of the CLI, or a Python package. */
  readonly kind: 'npm' | 'npm --global' | 'sf plugin' | 'pip';
  readonly name: string;
  readonly version: string;
}

/** The steps of a workflow that install a client: the whole text under `run:`, and which one. */
const installations: readonly (readonly [kind: Client['kind'], step: RegExp])[] = [
  ['npm', /^( +)run: npm install ()([\w@/-]+)@([\d.]+)(?: #.*)?\n/gm],
  ['npm --global', /^( +)run: npm install (--global) ([\w@/-]+)@([\d.]+)(?: #.*)?\n/gm],
  ['sf plugin', /^( +)run: echo y \| sf plugins install ()([\w@/-]+)@([\d.]+)(?: #.*)?\n/gm],
  ['pip', /^( +)run: \|\n(?:\1 .*\n)*?\1 .*()pip" install ([\w-]+)==([\d.]+)\n(?:\1 .*\n)*/gm],
];

/** The clients that a workflow installs. */
export function clientsOf(workflow: string): Client[] {
  return installations.flatMap(([kind, step]) =>
    [...workflow.matchAll(step)].map(([, , , name = '', version = '']) => ({
      kind,
      name,
      version,
    })),
  );
}

/** The workflow with steps that find the clients where they are instead of installing them. */
export function findClients(workflow: string): string {
  return installations.reduce(
    (text, [kind, step]) =>
      text.replace(
        step,
        (_, indent: string, __, name: string, version: string) =>
          `${indent}run: ${find({ kind, name, version })}\n`,
      ),
    workflow,
  );
}

function find(client: Client): string {
  const place = placeOf(client);
  switch (client.kind) {
    case 'npm':
      return `ln -s "${place}" node_modules`;
    case 'npm --global':
      return `echo "${place}/.bin" >> "$GITHUB_PATH"`;
    case 'sf plugin':
      return `sf plugins link --no-install "${place}/${client.name}"`;
    case 'pip':
      return `echo "${place}" >> "$GITHUB_PATH"`;
  }
}

/** The variable that tells the tests where a client is. */
export function placeVariable({ name, version }: Omit<Client, 'kind'>): string {
  return `CLIENT_${name}_${version}`.toUpperCase().replaceAll(/\W/g, '_');
}

/** Where a client is installed: its `node_modules`, or the `bin` of its virtual environment. */
export function placeOf(client: Client): string {
  const place = process.env[placeVariable(client)];
  if (place === undefined) {
    throw new Error(`These tests run with ${client.name}: npm run test:clients`);
  }
  return place;
}
