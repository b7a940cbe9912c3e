import { createCipheriv, createDecipheriv, createHmac, randomBytes } from 'node:crypto';
import { readmeOf } from '../../src/keeping/token-branch/readme.ts';
import { branch, type TokenBranchScene } from './token-branch-scene.ts';

// The format of the files on a token branch, written a second time from its description alone: HKDF is
// RFC 5869 by hand, JWE is RFC 7516 by hand. Nothing of src/ is in it but the README.md.

/** HKDF-SHA-256 with an empty salt. */
export function hkdf(secret: string, info: string, bytes: number): Buffer {
  const extracted = createHmac('sha256', Buffer.alloc(32)).update(secret, 'utf8').digest();
  const blocks: Buffer[] = [];
  for (let i = 1; blocks.length * 32 < bytes; i += 1) {
    const hmac = createHmac('sha256', extracted);
    blocks.push(
      hmac
        .update(blocks.at(-1) ?? '')
        .update(info)
        .update(Buffer.of(i))
        .digest(),
    );
  }
  return Buffer.concat(blocks).subarray(0, bytes);
}

/** The name of a credential's file, without `.json`. */
export function idOf(refreshToken: string): string {
  return hkdf(refreshToken, 'refresh-salesforce-token/1/id', 16).toString('hex');
}

/** What locks it. */
export function keyOf(refreshToken: string): Buffer {
  return hkdf(refreshToken, 'refresh-salesforce-token/1/key', 32);
}

/** A JWE, compact, `alg` dir, `enc` A256GCM. */
export function sealByHand(content: string, key: Buffer, kid: string): string {
  const header = Buffer.from(JSON.stringify({ alg: 'dir', enc: 'A256GCM', kid })).toString(
    'base64url',
  );
  const iv = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', key, iv).setAAD(Buffer.from(header));
  const text = Buffer.concat([cipher.update(content, 'utf8'), cipher.final()]);
  return [
    header,
    '',
    ...[iv, text, cipher.getAuthTag()].map((it) => it.toString('base64url')),
  ].join('.');
}

/** The header and the content of such a JWE; throws where the key does not open it. */
export function openByHand(
  sealed: string,
  key: Buffer,
): { header: Record<string, unknown>; content: Record<string, unknown> } {
  const [header = '', none, iv = '', text = '', tag = '', ...more] = sealed.split('.');
  if (none !== '' || more.length > 0) {
    throw new Error('No JWE with a direct key');
  }
  const bytes = (part: string) => Buffer.from(part, 'base64url');
  const decipher = createDecipheriv('aes-256-gcm', key, bytes(iv))
    .setAAD(Buffer.from(header))
    .setAuthTag(bytes(tag));
  const content = Buffer.concat([decipher.update(bytes(text)), decipher.final()]).toString('utf8');
  return { header: parse(bytes(header).toString()), content: parse(content) };
}

/** A holder as a file has it. */
export interface HolderInFile {
  readonly id: string;
  readonly run: string;
  readonly since: string;
  readonly seconds: number;
}

export const otherRun = 'https://github.com/octo/demo/actions/runs/77/attempts/1';

/** Another job's entry, made `ago` milliseconds before `now`. */
export function holderOf(now: number, ago = 0, more: Partial<HolderInFile> = {}): HolderInFile {
  return {
    id: '5f0c2a52-6d6c-4f0e-8a53-1d5a1f3f6f10',
    run: otherRun,
    since: new Date(now - ago).toISOString(),
    seconds: 180,
    ...more,
  };
}

/** What is in a file. */
export interface FileContent {
  readonly refreshes?: number;
  readonly holder?: unknown;
  /** What is sealed; left out: nothing. */
  readonly sealed?: Readonly<Record<string, unknown>> | undefined;
}

/** The file of a stored token, as it is written. */
export function textOf(stored: string, { refreshes = 0, holder, sealed }: FileContent): string {
  const about = 'https://github.com/OWNER/refresh-salesforce-token/blob/v1/docs/rotation.md';
  const jwe = sealed && sealByHand(JSON.stringify(sealed), keyOf(stored), idOf(stored));
  return `${JSON.stringify({ about, refreshes, holder, sealed: jwe }, undefined, 2)}\n`;
}

/** The token that the secret of a scene holds, spent or not. */
export function storedToken({ family }: TokenBranchScene): string {
  const [first = family.current] = family.spent.keys();
  return first;
}

/** Puts a text on the branch as the credential's file, beside a README.md of ours. */
export function putFile({ repository, file }: TokenBranchScene, text: string): void {
  const readme = readmeOf('https://example.com/docs');
  repository.commit(branch, { 'README.md': readme, [file]: text });
}

/** Makes the branch as a former run left it: the stored token is spent, the current one sealed. */
export function seedRotated(scene: TokenBranchScene, more: FileContent = {}): void {
  const { org, family } = scene;
  org.rotate(family);
  const sealed = { refresh_token: family.current, issued_at: '1790000000000' };
  putFile(scene, textOf(storedToken(scene), { refreshes: 1, sealed, ...more }));
}

/** What is sealed in the credential's file now. */
export function unsealed(scene: TokenBranchScene): Record<string, unknown> {
  const sealed = scene.record()?.['sealed'];
  return openByHand(String(sealed), keyOf(storedToken(scene))).content;
}

function parse(text: string): Record<string, unknown> {
  return Object(JSON.parse(text));
}
