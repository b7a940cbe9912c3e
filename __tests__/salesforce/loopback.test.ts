import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, request } from 'node:http';
import { connect } from 'node:net';
import { describe, it } from 'node:test';
import { showPage } from '../../src/http/page.ts';
import { listenForAnswer } from '../../src/salesforce/loopback.ts';
import { freePort } from '../support/sign-in.ts';

// What is refused, and in which way, is in sign-in/sign-in.test.ts.

describe('the redirect to loopback', () => {
  it('takes the first right answer, and refuses the rest', async () => {
    const redirectUri = `http://localhost:${await freePort()}/OauthRedirect`;
    const wish = { redirectUri, state: 'right' };
    const over = new AbortController();
    const loopback = await listenForAnswer(wish, over.signal, true);
    const status = async (address: string, options = {}) =>
      (await fetch(address, { ...options, headers: { connection: 'close' } })).status;
    const right = `${redirectUri}?code=x&state=right`;
    assert.equal(await status(`${redirectUri}?code=x&state=wrong`), 400);
    assert.equal(await status(right.replace('OauthRedirect', '')), 404);
    const stray = {
      host: '127.0.0.1',
      port: new URL(right).port,
      headers: { host: 'evil.example' },
    };
    const [rebound] = await once(request(stray).end(), 'response');
    assert.equal(rebound.resume().statusCode, 421);
    assert.equal(await status(right, { method: 'POST' }), 405);
    const shown = status(right);
    const { answer, response } = await loopback.arrival;
    assert.deepEqual(answer, { kind: 'code', code: 'x' });
    assert.equal(await status(right), 409);
    await showPage(response, 200, 'Signed in', ['<b>&']);
    assert.equal(await shown, 200);
    // Nobody is there any more.
    await showPage(response, 200, 'Signed in', []);
    over.abort();
    await assert.rejects(fetch(right));
  });

  it('waits for nobody who asked for two pages at once, and gets the first alone', async (t) => {
    const port = await freePort();
    const wish = { redirectUri: `http://localhost:${port}/OauthRedirect`, state: 'x' };
    const over = new AbortController();
    t.after(() => over.abort());
    const { arrival } = await listenForAnswer(wish, over.signal, true);
    const socket = connect(port, '127.0.0.1').resume();
    socket.end(
      ['/', '/OauthRedirect?code=x&state=x']
        .map((path) => `GET ${path} HTTP/1.1\r\nHost: localhost:${port}\r\n\r\n`)
        .join(''),
    );
    await showPage((await arrival).response, 200, 'Signed in', []);
  });

  it('insists on its port, or waits in vain', async (t) => {
    const port = await freePort();
    const server = createServer().listen(port, '127.0.0.1');
    t.after(() => server.close());
    await once(server, 'listening');
    const wish = { redirectUri: `http://localhost:${port}/OauthRedirect`, state: 'x' };
    const over = new AbortController();
    const listen = (insists: boolean) => listenForAnswer(wish, over.signal, insists);
    await assert.rejects(listen(true), {
      code: 'port_in_use',
      message: /EADDRINUSE/,
      fix: /--no-browser/,
    });
    const { arrival, taken } = await listen(false);
    assert.ok(taken);
    over.abort();
    await assert.rejects(arrival, { code: 'timeout' });
  });
});
