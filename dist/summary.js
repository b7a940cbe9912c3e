'use strict';

var index = require('./index.js');

/** The report for the summary of the run: a heading and a table, everything from outside escaped. */
function reportSummary({ token, findings, refreshToken, effort }) {
  const issued = token.issuedAt
    ?.toISOString()
    .replace('T', ' ')
    .replace(/\.\d+Z$/, ' UTC');
  return page('\u2705 Salesforce access token refreshed', [
    '<table>',
    row('Org', code(findings.orgId)),
    row('Type', prose(findings.orgType)),
    row('User', prose(findings.username) || code(token.identity?.userId)),
    row('Instance', code(index.hostOf(token))),
    row('Scopes', code(...(token.scope?.split(' ') ?? []))),
    row('Issued', prose(issued)),
    row('Refresh token', link(prose(mark(refreshToken) + refreshToken.phrase), refreshToken.url)),
    row('Checks that passed', code(...findings.passed) || 'none asked for'),
    row('Effort', index.effortText(effort)),
    '</table>',
  ]);
}
/** A failure for the summary of the run: what happened, what to do, why, more. Paragraphs: commands are too wide for a table. */
function failureSummary(error, more) {
  return page('\u274c No Salesforce access token', [
    `<p><b>What happened</b> (${code(error.code)})<br>${prose(error.message)}</p>`,
    ...advice(error.fix),
    error.why === undefined ? '' : `<p><b>Why</b><br>${prose(error.why)}</p>`,
    `<p><b>More</b><br><a href="${html(more)}">${html(more)}</a></p>`,
  ]);
}
function mark({ kept }) {
  return kept === false ? '\u26a0\ufe0f ' : '';
}
/** HTML within Markdown: in it nothing is read as Markdown, as long as no line is empty. */
function page(title, lines) {
  return [`### ${title}`, '', ...lines.filter((line) => line !== ''), ''].join('\n');
}
/** A row of the table; none without a value. */
function row(name, cell) {
  return cell === '' ? '' : `<tr><th align="left">${name}</th><td>${cell}</td></tr>`;
}
/** Escapes text for HTML; a line break would end the HTML where it makes an empty line. */
function html(text) {
  return text.replace(/[&<>"'@\r\n]/g, (character) => `&#${character.charCodeAt(0)};`);
}
/** Escaped; what stands between backticks in our own messages becomes code. */
function prose(text = '') {
  return html(text).replace(/`([^`]+)`/g, '<code>$1</code>');
}
function link(content, url) {
  return url === undefined ? content : `<a href="${html(url)}">${content}</a>`;
}
function code(...texts) {
  return texts
    .filter((text) => text !== undefined)
    .map((text) => `<code>${html(text)}</code>`)
    .join(' ');
}
/** What to do: sentences as paragraphs, cases as a list, commands as blocks. */
function advice(fix) {
  const kindOf = (line) =>
    line.startsWith('  ') ? 'copy' : line.startsWith('- ') ? 'case' : 'sentence';
  const blocks = [];
  for (const line of fix.split('\n')) {
    const kind = kindOf(line);
    const last = blocks.at(-1);
    if (last?.kind === kind) {
      last.lines.push(line);
    } else {
      blocks.push({ kind, lines: [line] });
    }
  }
  const title = '<b>What to do</b>';
  const isTitled = blocks[0]?.kind === 'sentence';
  const shown = blocks.map(({ kind, lines }, index) => {
    switch (kind) {
      case 'copy':
        return `<pre>${html(lines.map((line) => line.slice(2)).join('\n'))}</pre>`;
      case 'case':
        return `<ul>${lines.map((line) => `<li>${prose(line.slice(2))}</li>`).join('')}</ul>`;
      default:
        return `<p>${index === 0 ? `${title}<br>` : ''}${lines.map((line) => prose(line)).join('<br>')}</p>`;
    }
  });
  return isTitled ? shown : [`<p>${title}</p>`, ...shown];
}

exports.failureSummary = failureSummary;
exports.reportSummary = reportSummary;
