import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { readExamples } from '../../__tests__/support/examples.ts';
import { nodePackage } from '../tools.ts';
import { folderSize, installAnew } from './install.ts';

/**
 * Where jsforce and the Salesforce CLI are, at the versions that the examples name; prints what
 * installing them costs.
 */
export function installed(home: string): { jsforce: string; cli: string } {
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
    console.log(`Installing ${name} ${version}: ${(ms / 1000).toFixed(0)} s, ${mb.toFixed(0)} MB`);
    return nodePackage(name, version);
  };
  return { jsforce: place('jsforce'), cli: place('@salesforce/cli') };
}
