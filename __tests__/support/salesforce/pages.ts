import type { Answer } from './answers.ts';

/** What a person sees while signing in. Every text is escaped here. */
export const pages = {
  login(startUrl: string, problem?: string): Answer {
    return shell(
      200,
      'Login | Salesforce',
      `<h1>Log in to Salesforce</h1>
${problem === undefined ? '' : `<p id="error" class="problem" role="alert">${quoted(problem)}</p>`}
<form id="login_form" method="post" action="/">
<label for="username">Username</label>
<input id="username" name="username" type="text" autocomplete="username" required autofocus>
<label for="password">Password</label>
<input id="password" name="pw" type="password" autocomplete="current-password" required>
<input type="hidden" name="startURL" value="${quoted(startUrl)}">
<button id="Login" class="main">Log In</button>
</form>`,
    );
  },

  /** `ticket` is what the answer has to bring back. */
  consent(ask: {
    readonly app: string;
    readonly username: string;
    readonly scopes: readonly string[];
    readonly action: string;
    readonly ticket: string;
  }): Answer {
    const wishes = ask.scopes.map((scope) => `<li>${quoted(wishOf(scope))}</li>`).join('\n');
    return shell(
      200,
      'Allow Access?',
      `<h1>Allow Access?</h1>
<p>${quoted(ask.app)} is asking to:</p>
<ul>
${wishes}
</ul>
<p>Do you want to allow access for <strong id="username">${quoted(ask.username)}</strong>?</p>
<form id="editPage" method="post" action="${quoted(ask.action)}">
<input type="hidden" name="ticket" value="${quoted(ask.ticket)}">
<button id="oadeny" name="decision" value="deny">Deny</button>
<button id="oaapprove" name="decision" value="allow" class="main">Allow</button>
</form>`,
    );
  },

  /** What goes wrong before Salesforce knows where to send the browser back to. */
  problem(error: string, description: string): Answer {
    const said = new URLSearchParams({ error, error_description: description });
    return shell(
      400,
      'OAuth Error',
      `<h1>OAuth Error</h1>
<p id="error" class="problem" role="alert">${quoted(description)}</p>
<p><code>${quoted(String(said))}</code></p>`,
    );
  },
};

/** How the consent page says it; only the scopes that sign-ins ask for. */
function wishOf(scope: string): string {
  switch (scope) {
    case 'api':
      return 'Manage user data via APIs';
    case 'refresh_token':
    case 'offline_access':
      return 'Perform requests at any time';
    case 'id':
    case 'openid':
      return 'Access the identity URL service';
    case 'web':
      return 'Manage user data via Web browsers';
    case 'full':
      return 'Full access';
    default:
      return scope;
  }
}

function shell(status: number, title: string, content: string): Answer {
  return {
    status,
    headers: {
      'content-type': 'text/html;charset=UTF-8',
      'cache-control': 'no-cache, no-store',
      // What real ones send: the browser that runs here keeps to it.
      'content-security-policy': "default-src 'none'; img-src data:; style-src 'unsafe-inline'",
      'referrer-policy': 'origin-when-cross-origin',
    },
    body: `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${quoted(title)}</title>
<link rel="icon" href="data:,">
<style>${style}</style>
</head>
<body>
<main>
${content}
</main>
<footer>A look-alike of Salesforce, for tests</footer>
</body>
</html>
`,
  };
}

const style = `
:root { color-scheme: light dark; --line: light-dark(#c9c9c9, #5c5c5c); }
body { margin: 0; font: 16px/1.5 system-ui, sans-serif; }
body { background: light-dark(#f3f3f3, #181818); color: light-dark(#181818, #f3f3f3); }
main { box-sizing: border-box; max-width: 26rem; margin: 10vh auto 1rem; padding: 1.5rem; }
main { background: light-dark(#fff, #262626); border: 1px solid var(--line); border-radius: 8px; }
h1 { margin: 0 0 1rem; font-size: 1.375rem; font-weight: 400; }
label { display: block; margin-top: 1rem; }
input { box-sizing: border-box; width: 100%; padding: .5rem; font: inherit; }
button { margin: 1.5rem .5rem 0 0; padding: .5rem 1.5rem; font: inherit; cursor: pointer; }
button { border: 1px solid var(--line); border-radius: 4px; background: none; color: inherit; }
button.main { background: #0176d3; border-color: #0176d3; color: #fff; }
.problem { color: light-dark(#ba0517, #fe9a9a); }
code { overflow-wrap: anywhere; }
footer { text-align: center; font-size: .875rem; color: light-dark(#5c5c5c, #aeaeae); }
`;

function quoted(text: string): string {
  const names: Readonly<Record<string, string>> = {
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    '"': '&quot;',
  };
  return text.replace(/[&<>"]/g, (character) => names[character] ?? '');
}
