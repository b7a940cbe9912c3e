/** A key and a certificate for 127.0.0.1 and localhost, both PEM. */
export async function createCertificate(): Promise<{
  readonly key: string;
  readonly cert: string;
}> {
  // Loaded on demand: it takes longer than the whole rest of a start.
  const { generate } = await import('selfsigned');
  const { private: key, cert } = await generate([{ name: 'commonName', value: '127.0.0.1' }], {
    algorithm: 'sha256',
    keyType: 'ec',
    extensions: [
      { name: 'basicConstraints', cA: true },
      {
        name: 'subjectAltName',
        altNames: [
          { type: 2, value: 'localhost' },
          { type: 7, ip: '127.0.0.1' },
        ],
      },
    ],
  });
  return { key, cert };
}
