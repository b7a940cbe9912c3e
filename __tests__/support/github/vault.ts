import { generateKeyPairSync } from 'node:crypto';

/** A secret as GitHub keeps it: nobody but the owner of the vault's key can read it. */
export interface SealedSecret {
  /** A sealed box of libsodium, in base64. */
  readonly sealed: string;
  /** Milliseconds since 1970 by the server's clock. */
  readonly madeAt: number;
  readonly changedAt: number;
}

export interface Variable {
  readonly value: string;
  readonly madeAt: number;
  readonly changedAt: number;
}

/** The secrets and variables of a repository or of one of its environments, and the key to seal for. */
export class Vault {
  readonly keyId = '568250167242549743';
  /** X25519, 32 bytes each; the private one is for tests, to see what was stored. */
  readonly keys: { readonly public: Buffer; readonly private: Buffer };
  /** By names in capitals. */
  readonly secrets = new Map<string, SealedSecret>();
  readonly variables = new Map<string, Variable>();

  constructor() {
    const { x = '', d = '' } = generateKeyPairSync('x25519').privateKey.export({ format: 'jwk' });
    this.keys = { public: Buffer.from(x, 'base64url'), private: Buffer.from(d, 'base64url') };
  }
}

/** An environment of a repository. */
export class Environment extends Vault {
  readonly name: string;
  readonly madeAt: number;

  constructor(name: string, madeAt: number) {
    super();
    this.name = name;
    this.madeAt = madeAt;
  }
}
