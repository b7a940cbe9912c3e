import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { readExamples } from '../../__tests__/support/examples.ts';
import { nodePackage } from '../tools.ts';
import { folderSize, installAnew } from './install.ts';

/**
 * Where jsforce and the Salesforce CLI are, at the versions that the examples name, and what installing
 * them costs: a sentence each.
 */
export function installed(home: string): {
  readonly places: { readonly jsforce: string; readonly cli: string };
  readonly costs: string;
} {
  const costs: string[] = [];
  const place = (wanted: string) => {
    const client = readExamples()
      .flatMap(({ clients }) => clients)
      .find(({ name }) => name === wanted);
    if (client === undefined) {
      throw new Error(`No example installs ${wanted}`);
    }
    const { name, version } = client;
    const folder = join(home, 'install');
    const ms = installAnew(`${name}@${version}`, folder);
    const mb = folderSize(folder) / 1e6;
    rmSync(folder, { recursive: true, force: true });
    costs.push(
      `Installing ${name} ${version} took ${(ms / 1000).toFixed(0)} s (${mb.toFixed(0)} MB).`,
    );
    return nodePackage(name, version);
  };
  const places = { jsforce: place('jsforce'), cli: place('@salesforce/cli') };
  return { places, costs: costs.join(' ') };
}
